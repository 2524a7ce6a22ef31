{#-
    Row-level security and rights of the relation just built, as a post-hook of every model: a rebuilt
    table is a new table and starts without either.

    Tables carry policies of their own. Views carry none: `security_invoker` makes them read as whoever
    asks, so that the policies of the tables below decide.
-#}
{% macro protect_rows() -%}
    {%- if config.get('materialized') == 'view' %}
    alter view {{ this }} set (security_invoker = true);
    {%- else %}
    alter table {{ this }} enable row level security;
    alter table {{ this }} force row level security;
    drop policy if exists owner_all on {{ this }};
    drop policy if exists pipeline_all on {{ this }};
    drop policy if exists tenant_own on {{ this }};
    create policy owner_all on {{ this }} to qbank_owner using (true) with check (true);
    create policy pipeline_all on {{ this }} to qbank_pipeline using (true) with check (true);
    create policy tenant_own on {{ this }} for select to qbank_api
        using (tenant_id = (select public.current_tenant()));
    {%- endif %}
    {%- if config.get('group') == 'marts' %}
    drop policy if exists tenant_of_analyst on {{ this }};
    create policy tenant_of_analyst on {{ this }} for select to qbank_analyst
        using (tenant_id in (select public.analyst_tenants()));
    grant select on {{ this }} to qbank_analyst;
    {%- endif %}
    grant select on {{ this }} to qbank_api, qbank_owner;
{%- endmacro %}
