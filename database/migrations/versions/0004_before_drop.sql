-- dbt's views stand on the columns that go; dbt builds again.
reset role;
drop schema if exists analytics_candidate cascade;
drop schema if exists analytics cascade;
create schema analytics authorization qbank_pipeline;
create schema analytics_candidate authorization qbank_pipeline;
grant usage on schema analytics, analytics_candidate to qbank_owner, qbank_api, qbank_analyst;
set role qbank_owner;

drop trigger refuse_changed_decisions on calibration_decisions;
drop function refuse_changed_decisions();
drop trigger refuse_moved_anchors on calibration_anchors;
drop function refuse_moved_anchors();

delete from item_calibration where model = 'mixed';
delete from item_calibration_candidate where model = 'mixed';
delete from item_calibration_history where model = 'mixed';
delete from item_curve_points where model = 'mixed';
update calibration_runs set status = 'candidate' where status in ('blocked', 'waiting');
delete from calibration_decisions where decision in ('block', 'hold');
delete from calibration_decisions again using calibration_decisions first
    where (again.run_id, again.decision, again.decided_by) = (first.run_id, first.decision, first.decided_by)
    and again.id > first.id;
