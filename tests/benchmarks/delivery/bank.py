"""A large calibrated bank, written by Postgres itself."""

from __future__ import annotations

from sqlalchemy import create_engine, text

from database import migrate
from tests.api_min.tokens import TENANT

EXAM = "load"
_STATEMENTS = (
    "insert into exams (code, tenant_id) values (:exam, :tenant)",
    "insert into calibration_runs (id, tenant_id, exam_code, status, snapshot_hash, code_version, n_persons, n_items,"
    " n_responses, published_at) values (:run, :tenant, :exam, 'published', '', '', 1, :items, 1, now())",
    "insert into questions (tenant_id, home_exam_code, created_by)"
    " select :tenant, :exam, :run from generate_series(1, :items)",
    "insert into question_versions (tenant_id, question_id, version, stem_md, lead_in, rationale_md,"
    " difficulty_label, created_by)"
    " select :tenant, id, 1, repeat('A stem of some length. ', 40), 'Which?', repeat('Because of this. ', 40),"
    " 'medium', :run from questions",
    "insert into question_options (tenant_id, question_version_id, option_label, option_text_md, is_correct)"
    " select :tenant, v.id, o, 'Option ' || o, o = 'A' from question_versions v,"
    " unnest(array['A', 'B', 'C', 'D', 'E']) o",
    "update question_versions set state = 'published'",
    "insert into question_publications (tenant_id, question_id, live_version, exam_code)"
    " select :tenant, id, 1, :exam from questions",
    "select setseed(0.5)",
    "insert into item_calibration (tenant_id, question_id, version, model, a, b, c, se_a, se_b, se_c, run_id, serving)"
    " select :tenant, id, 1, '3PL', exp(random_normal(-0.1, 0.3)), random_normal(), 0.1 + 0.2 * random(), 0.1, 0.1,"
    " 0.05, :run, true from questions",
)


def lay(url: str, items: int) -> None:
    """Write an exam of so many published, calibrated items of five options, into a database that is empty."""
    migrate.upgrade(url)
    engine = create_engine(url)
    known = {"exam": EXAM, "tenant": TENANT, "run": TENANT, "items": items}
    with engine.begin() as connection:
        for statement in _STATEMENTS:
            connection.execute(text(statement), known)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()
