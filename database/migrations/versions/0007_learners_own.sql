create function current_learner() returns uuid language sql stable parallel safe
    return nullif(current_setting('qbank.user_id', true), '')::uuid;

-- Restrictive: it narrows what the tenant's policy allows. Without a learner the tenant's rows are seen as before.
do $$
declare
    personal record;
begin
    for personal in
        select c.table_schema, c.table_name from information_schema.columns c
        inner join information_schema.tables t using (table_schema, table_name)
        where c.column_name = 'user_id' and c.table_schema in ('public', 'telemetry') and t.table_type = 'BASE TABLE'
    loop
        execute format(
            'create policy learner_own on %I.%I as restrictive to qbank_api '
            'using ((select current_learner()) is null or user_id = (select current_learner())) '
            'with check ((select current_learner()) is null or user_id = (select current_learner()))',
            personal.table_schema, personal.table_name);
    end loop;
end
$$;
