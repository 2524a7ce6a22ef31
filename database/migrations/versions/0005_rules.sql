-- Rights and row-level security of the new tables, as of all others.
do $$
declare
    protected regclass;
begin
    foreach protected in array array['bank_snapshots', 'exposure_counts']::regclass[]
    loop
        execute format('alter table %s enable row level security', protected);
        execute format('alter table %s force row level security', protected);
        execute format('create policy owner_all on %s to qbank_owner using (true) with check (true)', protected);
        execute format('create policy pipeline_all on %s to qbank_pipeline using (true) with check (true)', protected);
        execute format('create policy tenant_own on %s to qbank_api using (tenant_id = (select current_tenant())) '
            'with check (tenant_id = (select current_tenant()))', protected);
        execute format('grant select, insert, update, delete on %s to qbank_pipeline', protected);
    end loop;
end
$$;
grant select, insert on bank_snapshots to qbank_api;
grant select, insert, update on exposure_counts to qbank_api;

-- A bank is what it was.
create function refuse_changed_banks() returns trigger language plpgsql as $$
begin
    raise exception 'bank_snapshots only grows: a bank that is other than before has another hash';
end
$$;
create trigger refuse_changed_banks before update on bank_snapshots
    for each row execute function refuse_changed_banks();

-- Whoever keeps banks in memory hears what moves them: the exam, or '' where it may be any. Of many rows of one
-- transaction an exam is told once.
create function tell_banks_of_exams() returns trigger language plpgsql as $$
begin
    perform pg_notify('qbank_banks', exam_code) from (select distinct exam_code from moved) exams;
    return null;
end
$$;
create function tell_banks() returns trigger language plpgsql as $$
begin
    perform pg_notify('qbank_banks', '');
    return null;
end
$$;
create trigger tell_banks_inserted after insert on question_publications
    referencing new table as moved for each statement execute function tell_banks_of_exams();
create trigger tell_banks_updated after update on question_publications
    referencing new table as moved for each statement execute function tell_banks_of_exams();
create trigger tell_banks_deleted after delete on question_publications
    referencing old table as moved for each statement execute function tell_banks_of_exams();
create trigger tell_banks_updated after update on calibration_runs
    referencing new table as moved for each statement execute function tell_banks_of_exams();
create trigger tell_banks_deleted after delete on calibration_runs
    referencing old table as moved for each statement execute function tell_banks_of_exams();
create trigger tell_banks_updated after update on exams
    for each statement execute function tell_banks();
create trigger tell_banks_updated after update on question_versions
    for each statement execute function tell_banks();
create trigger tell_banks_updated after update on questions
    for each statement execute function tell_banks();
