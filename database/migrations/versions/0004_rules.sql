-- What a decision was stays what it was.
create function refuse_changed_decisions() returns trigger language plpgsql as $$
begin
    raise exception 'calibration_decisions only grows: add a decision that says otherwise';
end
$$;
create trigger refuse_changed_decisions before update on calibration_decisions
    for each row execute function refuse_changed_decisions();

-- An anchor holds the scale with the parameters it had when it became one; on probation it holds nothing yet.
create function refuse_moved_anchors() returns trigger language plpgsql as $$
begin
    raise exception 'anchor % v% of % holds its scale with the parameters it became an anchor with: drop it instead',
        old.question_id, old.version, old.exam_code;
end
$$;
create trigger refuse_moved_anchors before update on calibration_anchors for each row
    when (old.state <> 'probation' and (old.a, old.b, old.c, old.se_a, old.se_b, old.n_responses, old.first_run)
        is distinct from (new.a, new.b, new.c, new.se_a, new.se_b, new.n_responses, new.first_run))
    execute function refuse_moved_anchors();

-- Rights and row-level security of the new tables, as of all others.
do $$
declare
    protected regclass;
begin
    foreach protected in array array['calibration_scales', 'calibration_anchors', 'item_diagnostics']::regclass[]
    loop
        execute format('alter table %s enable row level security', protected);
        execute format('alter table %s force row level security', protected);
        execute format('create policy owner_all on %s to qbank_owner using (true) with check (true)', protected);
        execute format('create policy pipeline_all on %s to qbank_pipeline using (true) with check (true)', protected);
        execute format('create policy tenant_own on %s to qbank_api using (tenant_id = (select current_tenant())) '
            'with check (tenant_id = (select current_tenant()))', protected);
        execute format('grant select on %s to qbank_api', protected);
        execute format('grant select, insert, update, delete on %s to qbank_pipeline', protected);
    end loop;
end
$$;

-- What is live keeps its scale: its run defines it, and its well-known items hold it.
update calibration_runs r set
    scale_version = 1, serving_model = (
        select live.model from item_calibration live where live.run_id = r.id and live.serving limit 1
    )
where status = 'published' and exists (select from item_calibration live where live.run_id = r.id and live.serving);
insert into calibration_scales (exam_code, scale_version, tenant_id, run_id)
    select exam_code, 1, tenant_id, id from calibration_runs where scale_version = 1;
insert into calibration_anchors (exam_code, scale_version, question_id, version, tenant_id, state, a, b, c, se_a, se_b,
        n_responses, first_run, last_run)
    select r.exam_code, 1, live.question_id, live.version, live.tenant_id, 'anchor', live.a, live.b, live.c, live.se_a,
        live.se_b, live.n_respondents, r.id, r.id
    from calibration_runs r inner join item_calibration live on live.run_id = r.id
    where r.scale_version = 1 and live.serving and live.status = 'ok' and live.n_respondents >= 250;
