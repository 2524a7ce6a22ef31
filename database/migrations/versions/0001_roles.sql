-- Extensions need the login's rights; everything after the last line is owned by qbank_owner.
create extension if not exists ltree;
create extension if not exists vector;

do $$
declare
    plain text;
begin
    foreach plain in array array['qbank_owner', 'qbank_pipeline', 'qbank_api'] loop
        begin
            -- Plain: no login, no superuser, no bypass of row-level security. Roles belong to the server,
            -- so another database of it may have made them already.
            execute format('create role %I nologin nosuperuser nobypassrls nocreatedb nocreaterole', plain);
        exception
            when duplicate_object or unique_violation then null;
        end;
        if not pg_has_role(current_user, plain, 'member') then
            execute format('grant %I to current_user', plain);
        end if;
    end loop;
end
$$;

grant usage, create on schema public to qbank_owner;
grant usage on schema public to qbank_pipeline, qbank_api;
create schema if not exists telemetry authorization qbank_owner;
-- dbt owns what it builds here.
create schema if not exists analytics authorization qbank_pipeline;
grant usage on schema analytics to qbank_owner, qbank_api;

-- Alembic made its own table as the login.
alter table alembic_version owner to qbank_owner;
set role qbank_owner;
grant usage on schema telemetry to qbank_pipeline, qbank_api;
