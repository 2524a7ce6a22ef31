{#-
    How far an incremental model has read.

    Raw rows carry the number of the transaction that wrote or last changed them (change_xid). Before a model
    reads, it notes the lowest transaction still under way (`note_watermark`, a pre-hook); when it has written,
    it keeps that number in the table mart_watermarks of its own schema, in the same transaction
    (`keep_watermark`, a post-hook). The next build reads rows from there on: whatever had committed was seen,
    whatever had not comes again, in whatever order transactions end and whatever times their rows bear. Rows
    may be read twice, so models replace whole keys.

    The table lies in the schema that is built, so that it changes places with the marts it speaks of.
-#}
{% macro make_watermarks() -%}
    {%- set marks = target.schema ~ '.mart_watermarks' -%}
    create table if not exists {{ marks }} (model text primary key, below xid8 not null);
    {#- Hooks of a run act as the login itself, whatever role the profile takes. -#}
    alter table {{ marks }} owner to {{ target.role }};
    alter table {{ marks }} enable row level security;
    alter table {{ marks }} force row level security;
    drop policy if exists owner_all on {{ marks }};
    drop policy if exists pipeline_all on {{ marks }};
    create policy owner_all on {{ marks }} to qbank_owner using (true) with check (true);
    create policy pipeline_all on {{ marks }} to qbank_pipeline using (true) with check (true);
    grant select on {{ marks }} to qbank_owner, qbank_api;
{%- endmacro %}

{% macro note_watermark() -%}
    {%- if config.get('materialized') == 'incremental' -%}
    select set_config('qbank.mart_below', pg_snapshot_xmin(pg_current_snapshot())::text, true)
    {%- endif -%}
{%- endmacro %}

{% macro keep_watermark() -%}
    {%- if config.get('materialized') == 'incremental' -%}
    insert into {{ target.schema }}.mart_watermarks (model, below)
    values ('{{ this.identifier }}', current_setting('qbank.mart_below')::xid8)
    on conflict (model) do update set below = excluded.below
    {%- endif -%}
{%- endmacro %}

{#- The transaction from which rows are new to the model; the first of all where it is built anew. -#}
{% macro watermark() -%}
    {%- if is_incremental() -%}
    (
        select coalesce(
            (select below from {{ target.schema }}.mart_watermarks where model = '{{ this.identifier }}'),
            '0'::xid8
        )
    )
    {%- else -%}
    '0'::xid8
    {%- endif -%}
{%- endmacro %}
