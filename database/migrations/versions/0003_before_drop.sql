-- dbt owns both schemas, and its views stand on our tables: the login may act as both.
reset role;
drop schema if exists analytics_candidate cascade;
drop schema if exists analytics cascade;
create schema analytics authorization qbank_pipeline;
grant usage on schema analytics to qbank_owner, qbank_api;
do $$
begin
    execute format('revoke create on database %I from qbank_pipeline', current_database());
end
$$;
set role qbank_owner;

drop function stamp_change() cascade;
drop function request_mart_refresh() cascade;
drop function request_mart_refresh_of_changes() cascade;
drop function request_refresh_of_topics() cascade;
drop function analyst_tenants();
drop function item_name(text, text, bigint, integer);
