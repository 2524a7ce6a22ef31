drop function current_tenant();
drop function question_versions_append_only();
drop function question_options_closed();
drop function question_options_no_truncate();
drop function question_options_one_correct();
-- The login made the schema for qbank_owner and may drop it as its member; Alembic goes on as the login.
reset role;
drop schema telemetry;
