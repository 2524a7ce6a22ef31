-- Rights and row-level security of the new tables, as of all others.
do $$
declare
    protected regclass;
begin
    foreach protected in array array['cat_sections', 'cat_banks', 'cat_sessions', 'cat_items']::regclass[]
    loop
        execute format('alter table %s enable row level security', protected);
        execute format('alter table %s force row level security', protected);
        execute format('create policy owner_all on %s to qbank_owner using (true) with check (true)', protected);
        execute format('create policy pipeline_all on %s to qbank_pipeline using (true) with check (true)', protected);
        execute format('create policy tenant_own on %s to qbank_api using (tenant_id = (select current_tenant())) '
            'with check (tenant_id = (select current_tenant()))', protected);
        execute format('grant select, insert on %s to qbank_api', protected);
        execute format('grant select, insert, update, delete on %s to qbank_pipeline', protected);
    end loop;
end
$$;

-- What was decided stays as it was decided: the API adds results and ends, and changes nothing else.
grant update (ended_at) on cat_sections, cat_sessions to qbank_api;
grant update (checked_at) on cat_banks to qbank_api;
grant update (correct, resulted_at) on cat_items to qbank_api;

-- A request names a section, not a tenant: this tells whose it is, as tenant_of_quiz does of a quiz.
create function tenant_of_cat_section(asked uuid) returns uuid language sql stable security definer
    set search_path = pg_catalog, public
    return (select s.tenant_id from public.cat_sections s where s.id = asked);
revoke execute on function tenant_of_cat_section(uuid) from public;
grant execute on function tenant_of_cat_section(uuid) to qbank_api;
