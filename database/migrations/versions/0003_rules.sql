-- Rows that incremental marts read again: those that changed, by the transaction that changed them.
create function stamp_change() returns trigger language plpgsql as $$
begin
    new.change_xid := pg_current_xact_id();
    return new;
end
$$;

-- A mart that grew incrementally cannot know what went: it is built anew.
create function request_mart_refresh() returns trigger language plpgsql as $$
begin
    if tg_op = 'TRUNCATE' then
        insert into public.mart_refresh_requests (reason) values (tg_table_name || ' truncated');
    elsif exists (select from gone) then
        insert into public.mart_refresh_requests (reason)
            select tg_table_name || ': ' || count(*) || ' rows deleted' from gone;
    end if;
    return null;
end
$$;

-- A topic that moved in its tree, or came between others, moves the answers of everybody below it.
create function request_refresh_of_topics() returns trigger language plpgsql security definer
    set search_path = pg_catalog, public as $$
begin
    if tg_op = 'UPDATE' then
        insert into public.mart_refresh_requests (reason) values ('topics moved');
    elsif exists (
        select from added
        inner join public.topics below
            on below.tenant_id = added.tenant_id and below.path <@ added.path
        where not exists (select from added other where other.id = below.id)
    ) then
        insert into public.mart_refresh_requests (reason) values ('topics moved');
    end if;
    return null;
end
$$;
create trigger request_refresh_of_topics after update of path on topics
    for each statement execute function request_refresh_of_topics();
create trigger request_refresh_of_topics_between after insert on topics referencing new table as added
    for each statement execute function request_refresh_of_topics();

do $$
declare
    raw regclass;
begin
    foreach raw in array array['user_responses', 'quiz_items', 'quiz_sessions', 'app_users', 'telemetry.events']::regclass[]
    loop
        execute format('create trigger stamp_change before update on %s for each row execute function stamp_change()', raw);
        execute format('create trigger request_mart_refresh after delete on %s referencing old table as gone '
            'for each statement execute function request_mart_refresh()', raw);
        execute format('create trigger request_mart_refresh_truncate after truncate on %s '
            'for each statement execute function request_mart_refresh()', raw);
    end loop;
end
$$;

-- Nor what it placed by values that are not what they were: nobody of ours changes them, and whoever repairs rows by
-- hand gets marts that are built anew.
create function request_mart_refresh_of_changes() returns trigger language plpgsql as $$
begin
    insert into public.mart_refresh_requests (reason)
        select tg_table_name || ': rows placed elsewhere'
        where not exists (select from public.mart_refresh_requests where change_xid = pg_current_xact_id());
    return null;
end
$$;

create trigger request_mart_refresh_of_changes after update on user_responses for each row
    when ((old.quiz_id, old.user_id, old.question_id, old.version, old.time_taken_ms, old.synthetic_time, old.created_at)
        is distinct from
        (new.quiz_id, new.user_id, new.question_id, new.version, new.time_taken_ms, new.synthetic_time, new.created_at))
    execute function request_mart_refresh_of_changes();
create trigger request_mart_refresh_of_changes after update on quiz_items for each row
    when ((old.quiz_id, old.question_id, old.version, old.served_at)
        is distinct from (new.quiz_id, new.question_id, new.version, new.served_at))
    execute function request_mart_refresh_of_changes();
create trigger request_mart_refresh_of_changes after update on quiz_sessions for each row
    when ((old.user_id, old.tenant_id, old.mode, old.exam_code)
        is distinct from (new.user_id, new.tenant_id, new.mode, new.exam_code))
    execute function request_mart_refresh_of_changes();
create trigger request_mart_refresh_of_changes after update on telemetry.events for each row
    when ((old.user_id, old.event_type) is distinct from (new.user_id, new.event_type))
    execute function request_mart_refresh_of_changes();

-- Rights and row-level security of the new tables, as of all others.
do $$
declare
    protected regclass;
begin
    foreach protected in array array['forgotten_learners', 'person_ability_windows', 'item_curve_points',
        'item_option_stats', 'item_drift_weeks', 'mart_builds', 'mart_refresh_requests', 'analysts',
        'telemetry.source_loads']::regclass[]
    loop
        execute format('alter table %s enable row level security', protected);
        execute format('alter table %s force row level security', protected);
        execute format('create policy owner_all on %s to qbank_owner using (true) with check (true)', protected);
        execute format('create policy pipeline_all on %s to qbank_pipeline using (true) with check (true)', protected);
        execute format('grant select on %s to qbank_api', protected);
        execute format('grant select, insert, update, delete on %s to qbank_pipeline', protected);
        if exists (select from pg_attribute where attrelid = protected and attname = 'tenant_id') then
            execute format('create policy tenant_own on %s to qbank_api using (tenant_id = (select current_tenant())) '
                'with check (tenant_id = (select current_tenant()))', protected);
        end if;
    end loop;
end
$$;

-- Whose rows a login may read in the marts. It goes by who logged in, which no setting of a session changes.
create function analyst_tenants() returns setof uuid language sql stable parallel safe security definer
    set search_path = pg_catalog, public
    begin atomic
        select a.tenant_id from public.analysts a where a.login = session_user;
    end;
revoke execute on function analyst_tenants() from public;
grant execute on function analyst_tenants() to qbank_analyst, qbank_pipeline;

-- What people call an item: the importer's name without the exam, and the version where it is not the first.
create function item_name(external_ref text, exam_code text, question_id bigint, version integer) returns text
    language sql immutable parallel safe
    return case when starts_with(external_ref, exam_code || '/') then substr(external_ref, length(exam_code) + 2)
        else coalesce(external_ref, question_id::text) end || case when version > 1 then '@' || version else '' end;
