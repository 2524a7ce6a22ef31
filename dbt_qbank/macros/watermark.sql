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
    create table if not exists {{ marks }} (model text primary key, below xid8 not null, read_from xid8 not null);
    comment on table {{ marks }} is 'How far each incremental model has read the raw rows.';
    comment on column {{ marks }}.model is 'Name of the model.';
    comment on column {{ marks }}.below is 'Every row that a transaction before this one wrote was read.';
    comment on column {{ marks }}.read_from is 'From which transaction on the last build read; 0: everything.';
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

{#-
    A model that takes what changed from raw tables and its values from another incremental model has read no
    further than that model had: a row that came between the two builds is new to both next time.
-#}
{% macro note_watermark() -%}
    {%- if config.get('materialized') == 'incremental' -%}
    {%- set read = incremental_models_above(model) -%}
    select set_config('qbank.mart_below', least(
        pg_snapshot_xmin(pg_current_snapshot())
        {%- if read %},
        (
            select below from {{ target.schema }}.mart_watermarks
            where model in ('{{ read | join("', '") }}')
            order by below limit 1
        )
        {%- endif %}
    )::text, true)
    {%- endif -%}
{%- endmacro %}

{#- Names of the incremental models that a model reads, through other models too. -#}
{% macro incremental_models_above(node) -%}
    {%- set found, seen, to_do = [], [], node.depends_on.nodes | list -%}
    {%- for step in range(1000) if execute and to_do -%}
        {%- set parent = graph.nodes.get(to_do.pop()) -%}
        {%- if parent and parent.unique_id not in seen -%}
            {%- do seen.append(parent.unique_id) -%}
            {%- do to_do.extend(parent.depends_on.nodes) -%}
            {%- if parent.config.materialized == 'incremental' -%}{%- do found.append(parent.name) -%}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found | sort) }}
{%- endmacro %}

{% macro keep_watermark() -%}
    {%- if config.get('materialized') == 'incremental' -%}
    {#- The row still says how far the build before had read; a full build reads from the first transaction on. -#}
    insert into {{ target.schema }}.mart_watermarks as kept (model, below, read_from)
    values ('{{ this.identifier }}', current_setting('qbank.mart_below')::xid8, '0')
    on conflict (model) do update set
        below = excluded.below,
        read_from = {{ 'kept.below' if is_incremental() else "'0'" }}
    {%- endif -%}
{%- endmacro %}

{#-
    The transaction from which rows are new to the model; the first of all where it is built anew. It stands in
    the model's SQL as a number: of a subquery's result the planner would expect a third of the table.
-#}
{% macro watermark() -%}
    {%- set below = '0' -%}
    {%- if execute and is_incremental() -%}
        {%- set kept = run_query(
            "select below::text from " ~ target.schema ~ ".mart_watermarks where model = '" ~ this.identifier ~ "'"
        ) -%}
        {%- if kept and kept.rows -%}{%- set below = kept.rows[0][0] -%}{%- endif -%}
    {%- endif -%}
    '{{ below }}'::xid8
{%- endmacro %}
