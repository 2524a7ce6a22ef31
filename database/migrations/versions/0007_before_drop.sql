do $$
declare
    personal record;
begin
    for personal in select schemaname, tablename from pg_policies where policyname = 'learner_own' loop
        execute format('drop policy learner_own on %I.%I', personal.schemaname, personal.tablename);
    end loop;
end
$$;
drop function current_learner();
