{{ config(meta={'dagster': {'ref': {'name': 'fact_exposures'}}}) }}

{{ miscounted_dispositions(ref('fact_exposures')) }}
