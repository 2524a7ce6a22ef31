-- Rights and row-level security of the new table, as of all others. The API reads what the command found.
alter table exposure_controls enable row level security;
alter table exposure_controls force row level security;
create policy owner_all on exposure_controls to qbank_owner using (true) with check (true);
create policy pipeline_all on exposure_controls to qbank_pipeline using (true) with check (true);
create policy tenant_own on exposure_controls to qbank_api using (tenant_id = (select current_tenant()))
    with check (tenant_id = (select current_tenant()));
grant select on exposure_controls to qbank_api;
grant select, insert, delete on exposure_controls to qbank_pipeline;

-- What was found was found; a search anew is a row of its own.
create function refuse_changed_controls() returns trigger language plpgsql as $$
begin
    raise exception 'exposure_controls only grows: a search anew is a row of its own';
end
$$;
create trigger refuse_changed_controls before update on exposure_controls
    for each row execute function refuse_changed_controls();
