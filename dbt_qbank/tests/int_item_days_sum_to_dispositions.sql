{{ config(meta={'dagster': {'ref': {'name': 'int_item_days'}}}) }}

{{ miscounted_dispositions(ref('int_item_days')) }}
