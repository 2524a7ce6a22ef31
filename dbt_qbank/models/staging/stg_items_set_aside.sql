-- Publishing leaves what was set aside with the candidate: the live run's is what speaks of an item today.
select
    candidates.question_id,
    candidates.version,
    candidates.model,
    candidates.tenant_id,
    candidates.reason,
    candidates.run_id
from {{ source('public', 'item_calibration_candidate') }} as candidates
inner join {{ source('public', 'calibration_runs') }} as runs
    on candidates.run_id = runs.id
where
    candidates.status = 'set aside'
    and runs.status = 'published'
