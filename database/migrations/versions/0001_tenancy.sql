-- Rights and row-level security. FORCE binds the owner too, so qbank_owner has a policy of its own:
-- without one its data migrations would silently change nothing.

do $$
declare
    protected record;
begin
    for protected in
        select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname in ('public', 'telemetry') and c.relowner = 'qbank_owner'::regrole
    loop
        execute format('alter table %I.%I enable row level security', protected.nspname, protected.relname);
        execute format('alter table %I.%I force row level security', protected.nspname, protected.relname);
        execute format('create policy owner_all on %I.%I to qbank_owner using (true) with check (true)',
            protected.nspname, protected.relname);
        execute format('create policy pipeline_all on %I.%I to qbank_pipeline using (true) with check (true)',
            protected.nspname, protected.relname);
        execute format('grant select on %I.%I to qbank_api', protected.nspname, protected.relname);
        if protected.relname <> 'alembic_version' then
            execute format('grant select, insert, update, delete on %I.%I to qbank_pipeline',
                protected.nspname, protected.relname);
        end if;
    end loop;
end
$$;

grant select on alembic_version to qbank_pipeline;

create function current_tenant() returns uuid language sql stable parallel safe
    -- After a first set_config an unset value is '', which no cast to uuid accepts.
    return nullif(current_setting('qbank.tenant_id', true), '')::uuid;

-- Every table with a tenant: the API sees and writes its own tenant's rows.
do $$
declare
    tenanted record;
begin
    for tenanted in
        select table_schema, table_name from information_schema.columns
        where column_name = 'tenant_id' and table_schema in ('public', 'telemetry')
    loop
        execute format(
            'create policy tenant_own on %I.%I to qbank_api '
            'using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()))',
            tenanted.table_schema, tenanted.table_name);
    end loop;
end
$$;

-- A question is readable by its own tenant and by those it is published to; so is what hangs on it.
create policy published_to on questions for select to qbank_api using (exists (
    select from question_publications p
    where p.question_id = questions.id and p.tenant_id = (select current_tenant())));
create policy published_to on question_versions for select to qbank_api using (exists (
    select from question_publications p
    where p.question_id = question_versions.question_id and p.tenant_id = (select current_tenant())));
create policy published_to on question_options for select to qbank_api using (exists (
    select from question_versions v where v.id = question_options.question_version_id));
create policy published_to on topics for select to qbank_api using (exists (
    select from question_versions v where v.topic_id = topics.id));
create policy published_to on exams for select to qbank_api using (exists (
    select from question_publications p
    where p.exam_code = exams.code and p.tenant_id = (select current_tenant())));
create policy published_to on item_calibration for select to qbank_api using (exists (
    select from question_publications p
    where p.question_id = item_calibration.question_id and p.tenant_id = (select current_tenant())));

-- What delivery writes; identity columns need no right on their sequence.
grant insert, update on quiz_sessions, quiz_items to qbank_api;
grant insert on user_responses, event_outbox, selection_decisions to qbank_api;

-- Without authentication a request names a quiz, not a tenant. A quiz id is a random uuid, told only to
-- who began the quiz; this tells its tenant, so that everything after runs within that tenant.
create function tenant_of_quiz(asked uuid) returns uuid language sql stable security definer
    set search_path = pg_catalog, public
    return (select q.tenant_id from public.quiz_sessions q where q.id = asked);
revoke execute on function tenant_of_quiz(uuid) from public;
grant execute on function tenant_of_quiz(uuid) to qbank_api;
