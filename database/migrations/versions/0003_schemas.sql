-- As the login: roles and schemas are its to make. Marts are built in one schema while the other is read, and change
-- places by renaming, for which the owner of a schema needs CREATE on the database.
reset role;

do $$
begin
    -- Roles belong to the server, so another database of it may have made this one already.
    begin
        create role qbank_analyst nologin nosuperuser nobypassrls nocreatedb nocreaterole;
    exception
        when duplicate_object or unique_violation then null;
    end;
    if not pg_has_role(current_user, 'qbank_analyst', 'member') then
        grant qbank_analyst to current_user;
    end if;
    execute format('grant create on database %I to qbank_pipeline', current_database());
end
$$;

create schema if not exists analytics_candidate authorization qbank_pipeline;
grant usage on schema analytics, analytics_candidate to qbank_owner, qbank_api, qbank_analyst;

set role qbank_owner;
