"""The import on a real database, bullet by bullet."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, text

from ingestion.errors import (
    ExamError,
    FileFormatError,
    ImportFilesError,
    ItemsError,
    LearnersError,
    RejectsFileError,
    ResponsesError,
    VersionConflictError,
)
from ingestion.imports import ImportRequest, ImportSummary, import_exam
from ingestion.imports.identities import IMPORT_ACTOR, quiz_id, user_id
from ingestion.imports.summary import BlueprintChange
from tests.ingestion.imports.exams import TENANT, Exams

ITEMS = "item,key,options\nV1,A,ABC\nV2,B,ABC\nV3,C,ABC\n"
WIDE = "person,V1,V2,V3\n007,A,A,\n8,B,B,C\n"
LONG = "person,item,response\n007,V1,A\n007,V2,A\n007,V3,NA\n8,V1,B\n8,V2,B\n8,V3,C\n"
STORED = [
    ("007", "V1", 1, "A", True),
    ("007", "V2", 1, "A", False),
    ("8", "V1", 1, "B", False),
    ("8", "V2", 1, "B", True),
    ("8", "V3", 1, "C", True),
]
TABLES = (
    "exams", "topics", "questions", "question_versions", "question_options", "question_publications", "app_users",
    "quiz_sessions", "quiz_items", "user_responses", "institutions", "cohorts", "cohort_members",
    "blueprint_quotas",
)  # fmt: skip


def dump(exams: Exams) -> dict[str, list[tuple[object, ...]]]:
    return {table: sorted(exams.rows(f"select t::text from {table} t")) for table in TABLES}


def counts(summary: ImportSummary) -> tuple[int, int, int, int, int]:
    assert summary.read == summary.added + summary.already_there + summary.rejected
    return summary.read, summary.no_answer, summary.added, summary.already_there, summary.rejected


@pytest.mark.parametrize("responses", [WIDE, LONG])
def test_everything_arrives(exams: Exams, responses: str) -> None:
    summary = exams.run(ITEMS, responses)
    assert counts(summary) == (5, 1, 5, 0, 0)
    assert (summary.items, summary.versions_added, summary.persons, summary.sessions) == (3, 3, 2, 2)
    assert (summary.rejects_file, summary.warnings) == (None, ())
    assert exams.answers() == STORED
    assert exams.rows("select code, tenant_id from exams") == [("EX", TENANT)]
    assert exams.rows(
        "select external_ref, home_exam_code, created_by, tenant_id from questions order by id"
    ) == [(f"EX/V{n}", "EX", IMPORT_ACTOR, TENANT) for n in (1, 2, 3)]
    assert exams.rows("select version, state, stem_md, edit_kind from question_versions order by id") == [
        (1, "published", f"Item V{n}", None) for n in (1, 2, 3)
    ]
    assert (
        exams.rows("select live_version, exam_code, tenant_id from question_publications")
        == [(1, "EX", TENANT)] * 3
    )
    assert exams.rows(
        "select string_agg(option_label, '' order by id), string_agg(option_label, '') filter (where is_correct) "
        "from question_options group by question_version_id order by question_version_id"
    ) == [("ABC", "A"), ("ABC", "B"), ("ABC", "C")]
    for person in ("007", "8"):
        assert exams.rows("select id, tenant_id from app_users where external_ref = :p", p=person) == [
            (user_id(TENANT, person), TENANT)
        ]
        assert exams.rows(
            "select user_id, tenant_id, mode, adaptive, exam_code, origin, expires_at, num_questions "
            "from quiz_sessions where id = :id",
            id=quiz_id(TENANT, "EX", person, "", 1),
        ) == [(user_id(TENANT, person), TENANT, "exam", False, "EX", "import", None, None)]
    # The cell without an answer was served all the same: omitted, not unreached.
    assert exams.rows(
        "select u.external_ref, i.position, split_part(q.external_ref, '/', 2) from quiz_items i "
        "join quiz_sessions s on s.id = i.quiz_id join app_users u on u.id = s.user_id "
        "join questions q on q.id = i.question_id order by 1, 2"
    ) == [(person, n, f"V{n}") for person in ("007", "8") for n in (1, 2, 3)]


@pytest.mark.parametrize("responses", [WIDE, LONG])
def test_importing_again_adds_nothing(exams: Exams, responses: str) -> None:
    first = exams.run(ITEMS, responses)
    before = dump(exams)
    again = exams.run(ITEMS, responses)
    assert counts(again) == (5, 1, 0, 5, 0)
    assert again.versions_added == 0
    assert dump(exams) == before
    other_shape = exams.run(ITEMS, LONG if responses == WIDE else WIDE)
    assert counts(other_shape) == (5, 1, 0, 5, 0)
    assert dump(exams) == before
    assert first.synthetic_at
    assert first.synthetic_time


def test_rejected_rows_go_to_a_file_and_the_rest_in(exams: Exams) -> None:
    summary = exams.run(
        ITEMS,
        "person,item,response,answered_at,time_taken_ms,note\n"
        "007,V1,A,2026-03-01T09:00:00Z,1000,keep\n"  # line 2
        "007,V9,A,2026-03-01T09:01:00Z,1000,unknown\n"
        "007,V2,D,2026-03-01T09:02:00Z,1000,no such option\n"
        "007,V1,B,2026-03-01T09:03:00Z,1000,again\n"  # line 5
        ",V1,A,2026-03-01T09:04:00Z,1000,nobody\n"
        '007,V3,C,soon,1000,"a, b"\n'
        "007,V3,C,2026-03-01T09:05:00Z,-1,negative\n"
        "8,V3,c,2026-03-01T09:00:00Z,,lower case\n",
    )
    assert counts(summary) == (8, 0, 2, 0, 6)
    assert exams.answers() == [("007", "V1", 1, "A", True), ("8", "V3", 1, "C", True)]
    assert summary.rejects == {
        "answered_at is not a date and time": 1,
        "duplicate row": 1,
        "item not in the items file": 1,
        "option not among the item's options": 1,
        "person missing or not possible": 1,
        "time_taken_ms is not a time of 0 ms or more": 1,
    }
    assert summary.rejects_file is not None
    assert str(summary.rejects_file) in "\n".join(summary.lines())
    rejected = pl.read_csv(summary.rejects_file, infer_schema=False)
    assert rejected.columns == [
        "person", "item", "response", "answered_at", "time_taken_ms", "note", "line", "reason",
    ]  # fmt: skip
    assert rejected.select("line", "reason", "note").rows() == [
        ("3", "item V9 is not in items.csv", "unknown"),
        ("4", "option 'D' is not among the options ABC of item V2", "no such option"),
        ("5", "same person, session, attempt, item as line 2; the first stays", "again"),
        ("6", "person is empty", "nobody"),
        ("7", "answered_at is 'soon', not a date and time such as 2026-03-01T09:30:00Z, of the years 1970 to 2099",
         "a, b"),
        ("8", "time_taken_ms is '-1', not a number of milliseconds from 0 to 2147483647", "negative"),
    ]  # fmt: skip
    assert "item V9 is in the responses but not in items.csv: 1 row rejected; add it and import again" in (
        summary.warnings
    )


def test_a_key_file_that_lacks_an_item_is_told_at_once_and_nothing_is_lost(exams: Exams) -> None:
    persons = range(1200)
    wide = "person,V1,V2\n" + "".join(f"P{n},A,{'B' if n % 3 else ''}\n" for n in persons)
    summary = exams.run("item,key\nV1,A\n", wide)
    assert counts(summary) == (2000, 400, 1200, 0, 800)
    assert summary.rejected_no_answer == 400
    assert (
        "item V2 is in the responses but not in items.csv: 800 rows rejected; add it and import again"
        in (summary.lines()[-1])
    )
    assert summary.rejects_file is not None
    both = "item,key,options\nV1,A,\nV2,B,AB\n"
    fixed = exams.run(both, summary.rejects_file)
    assert counts(fixed) == (800, 400, 800, 0, 0)
    # The rejects file alone brought what the whole file would have brought.
    assert counts(exams.run(both, wide)) == (2000, 400, 0, 2000, 0)
    assert exams.one("select count(*) from quiz_items") == 2400
    assert (
        exams.one(
            "select count(*) from (select 1 from quiz_items group by quiz_id having max(position) = 2) x"
        )
        == 1200
    )


def test_a_corrected_rejects_file_can_be_imported_and_what_stays_wrong_is_rejected_again(
    exams: Exams,
) -> None:
    first = exams.run(ITEMS, "person,V1,V2,V3\n007,A,X,Y\n8,A,B,C\n")
    assert counts(first) == (6, 0, 4, 0, 2)
    assert first.rejects_file is not None
    assert first.rejects_file.read_text().splitlines()[0] == "person,item,response,line,reason"
    corrected = first.rejects_file.read_text().replace("007,V2,X", "007,V2,B")
    second = exams.run(ITEMS, corrected)
    assert counts(second) == (2, 0, 1, 0, 1)
    assert second.warnings == ("no responses in this file to 2 of its items: V1, V3",)
    assert second.rejects_file not in (None, first.rejects_file)
    assert second.rejects_file is not None
    assert second.rejects_file.read_text().splitlines() == [
        "person,item,response,line,reason",
        "007,V3,Y,3,option 'Y' is not among the options ABC of item V3",
    ]
    assert ("007", "V2", 1, "B", True) in exams.answers()


def test_a_stored_answer_is_never_overwritten(exams: Exams) -> None:
    exams.run(ITEMS, WIDE)
    before = dump(exams)
    summary = exams.run(ITEMS, WIDE.replace("007,A,A,", "007,B,A,").replace("8,B,B,C", "8,B,B,"))
    assert counts(summary) == (4, 2, 0, 3, 1)
    assert summary.rejects == {"differs from the stored response": 1}
    assert summary.rejected_no_answer == 1
    assert summary.rejects_file is not None
    assert summary.rejects_file.read_text().splitlines()[1:] == [
        '007,V1,B,2,"differs from the stored response, which stays: option A to version 1"',
        '8,V3,,3,"differs from the stored response, which stays: option C to version 1"',
    ]
    assert dump(exams) == before


def test_an_item_left_out_before_may_be_answered_later(exams: Exams) -> None:
    exams.run(ITEMS, WIDE)
    positions = exams.rows("select quiz_id, question_id, position from quiz_items order by id")
    summary = exams.run(ITEMS, WIDE.replace("007,A,A,", "007,A,A,C"))
    assert counts(summary) == (6, 0, 1, 5, 0)
    assert exams.answers() == [*STORED[:2], ("007", "V3", 1, "C", True), *STORED[2:]]
    assert exams.rows("select quiz_id, question_id, position from quiz_items order by id") == positions


def test_more_rows_of_a_known_session_go_on_where_it_ended(exams: Exams) -> None:
    exams.run(ITEMS, "person,item,response\n007,V3,A\n")
    ended = exams.one("select sealed_at from quiz_sessions")
    summary = exams.run(ITEMS, "person,item,response\n007,V1,A\n007,V3,A\n007,V2,B\n")
    assert counts(summary) == (3, 0, 2, 1, 0)
    rows = exams.rows(
        "select split_part(q.external_ref, '/', 2), i.position, i.served_at, r.created_at from quiz_items i "
        "join user_responses r using (quiz_id, question_id) join questions q on q.id = i.question_id order by position"
    )
    assert [(item, position) for item, position, _, _ in rows] == [("V3", 1), ("V1", 2), ("V2", 3)]
    moments = [moment for _, _, served, answered in rows for moment in (served, answered)]
    assert moments == sorted(moments)
    assert exams.one("select sealed_at from quiz_sessions") == moments[-1] > ended
    assert exams.one("select started_at from quiz_sessions") == moments[0]


def test_sessions_and_attempts_are_apart_and_in_order(exams: Exams) -> None:
    summary = exams.run(
        ITEMS,
        "person,item,response,session,attempt\n007,V1,A,mon,2\n007,V1,B,mon,1\n007,V1,C,tue,\n007,V1,A,mon,1.0\n",
    )
    assert counts(summary) == (4, 0, 3, 0, 1)
    assert (summary.persons, summary.sessions) == (1, 3)
    for session, attempt, option in (("mon", 2, "A"), ("mon", 1, "B"), ("tue", 1, "C")):
        assert (
            exams.one(
                "select option_label from user_responses where quiz_id = :id",
                id=quiz_id(TENANT, "EX", "007", session, attempt),
            )
            == option
        )
    first, second = exams.rows("select started_at from quiz_sessions s join user_responses r on r.quiz_id = s.id "
                               "where option_label <> 'C' order by option_label desc")  # fmt: skip
    assert first < second


def test_a_clock_in_the_file_is_kept(exams: Exams) -> None:
    summary = exams.run(
        ITEMS,
        "person,item,response,answered_at,time_taken_ms\n"
        "007,V1,A,2026-03-01T10:02:00+01:00,61000\n"
        "007,V2,A,2026-03-01T09:00:30Z,\n"
        "007,V3,,2026-03-01T09:01:00Z,\n",
    )
    assert (summary.synthetic_at, summary.synthetic_time) == (False, False)
    rows = exams.rows(
        "select split_part(q.external_ref, '/', 2), i.position, i.served_at, r.created_at, r.time_taken_ms, "
        "r.synthetic_at, r.synthetic_time from quiz_items i left join user_responses r using (quiz_id, question_id) "
        "join questions q on q.id = i.question_id order by position"
    )
    nine = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
    half, one, two = (nine + dt.timedelta(seconds=s) for s in (30, 60, 120))
    assert rows == [
        ("V2", 1, half, half, None, False, False),
        ("V3", 2, one, None, None, None, None),
        ("V1", 3, two - dt.timedelta(seconds=61), two, 61000, False, False),
    ]
    assert exams.rows("select sealed_at from quiz_sessions") == [(two,)]


def test_rows_without_an_instant_in_a_file_with_a_clock_are_marked(exams: Exams) -> None:
    summary = exams.run(
        ITEMS, "person,item,response,answered_at\n007,V1,A,2026-03-01T09:00:00Z\n007,V2,A,\n007,V3,C,NA\n"
    )
    assert (summary.synthetic_at, summary.synthetic_time) == (True, False)
    rows = exams.rows(
        "select created_at, time_taken_ms, synthetic_at, synthetic_time from user_responses order by id"
    )
    assert [row[1:] for row in rows] == [(None, False, False), (None, True, False), (None, True, False)]
    assert rows[0][0] < rows[1][0] < rows[2][0] < rows[0][0] + dt.timedelta(minutes=30)


def test_a_made_up_clock_depends_on_the_seed_and_not_on_the_order_of_sessions(
    exams: Exams, pipeline_engine: Engine
) -> None:
    rows = [(f"P{n}", item) for n in range(30) for item in ("V1", "V2", "V3")]
    persons = [f"P{n}" for n in range(30)]
    random.Random(3).shuffle(persons)
    shuffled = [row for person in persons for row in rows if row[0] == person]
    clock = (
        "select u.external_ref, question_id - (select min(id) from questions x where x.home_exam_code = :exam), "
        "r.created_at, r.time_taken_ms, synthetic_at, synthetic_time from user_responses r "
        "join app_users u on u.id = user_id join questions q on q.id = question_id "
        "where q.home_exam_code = :exam order by 1, 2"
    )

    def imported(order: list[tuple[str, str]], seed: int) -> list[tuple[object, ...]]:
        with pipeline_engine.connect() as connection:  # each run in a transaction that is taken back
            request = ImportRequest(
                "EX", exams.folder / "i.csv", exams.folder / "r.csv", TENANT, seed, exams.folder / "rejects"
            )
            request.items.write_text(ITEMS)
            request.responses.write_text("person,item,response\n" + "".join(f"{p},{i},A\n" for p, i in order))
            import_exam(connection, request)
            found = [tuple(row) for row in connection.execute(text(clock), {"exam": "EX"})]
            connection.rollback()
        return found

    made = imported(rows, 1)
    assert len(made) == 90
    assert all(row[4:] == (True, True) for row in made)
    assert len({row[3] for row in made}) > 80
    assert imported(shuffled, 1) == made
    assert imported(rows, 2) != made
    assert imported(rows[:3], 1) == [row for row in made if row[0] == "P0"]
    assert exams.one("select count(*) from exams") == 0


def test_responses_that_are_scored_already(exams: Exams) -> None:
    summary = exams.run("item,key\nV1,\nV2,\n", "person,item,correct\n007,V1,1\n007,V2,0.0\n8,V1,\n8,V2,2\n")
    assert counts(summary) == (3, 1, 2, 0, 1)
    assert exams.answers() == [("007", "V1", 1, None, True), ("007", "V2", 1, None, False)]
    assert exams.one("select count(*) from question_options") == 0
    assert summary.rejects == {"correct is neither 0 nor 1": 1}


def test_a_wide_file_of_0_and_1_with_items_without_keys(exams: Exams) -> None:
    summary = exams.run("item,key\nV1,\nV2,NA\n", "person,V1,V2\n007,1,0\n8,1,\n")
    assert counts(summary) == (3, 1, 3, 0, 0)
    assert [row[3:] for row in exams.answers()] == [(None, True), (None, False), (None, True)]


def test_options_without_keys_are_refused_as_a_whole(exams: Exams) -> None:
    with pytest.raises(ResponsesError, match=r"3 of 4 answers are neither 0 nor 1 \(line 2: correct is '3'"):
        exams.run("item,key\nV1,\nV2,\n", "person,V1,V2\n007,1,3\n8,2,4\n")
    with pytest.raises(ItemsError, match="line 3: item V2 has no key, and the responses are options"):
        exams.run("item,key\nV1,A\nV2,\n", "person,V1,V2\n007,A,B\n")
    assert exams.one("select count(*) from exams") == 0


def test_correct_beside_response(exams: Exams) -> None:
    summary = exams.run(
        "item,key,options\nV1,A,AB\nV2,,\n",
        "person,item,response,correct\n007,V1,A,0\n007,V2,x,1\n8,V1,,1\n8,V2,x,\n",
    )
    assert exams.answers() == [
        ("007", "V1", 1, "A", True), ("007", "V2", 1, None, True), ("8", "V1", 1, None, True),
    ]  # fmt: skip
    assert counts(summary) == (4, 0, 3, 0, 1)
    assert [warning for warning in summary.warnings if "V1 (1)" in warning and "the key was used" in warning]


def test_options_not_declared_are_those_seen_and_stay_closed(exams: Exams) -> None:
    exams.run("item,key\nV1,A\n", "person,V1\n1,B\n2,c\n")
    assert (
        exams.one("select string_agg(option_label, '' order by option_label) from question_options") == "ABC"
    )
    summary = exams.run("item,key\nV1,A\n", "person,V1\n3,D\n4,C\n")
    assert counts(summary) == (2, 0, 1, 0, 1)
    assert summary.rejects == {"option not among the item's options": 1}


def test_a_stored_version_never_changes_and_a_higher_one_is_published(exams: Exams) -> None:
    exams.run(ITEMS, WIDE)
    before = dump(exams)
    with pytest.raises(VersionConflictError, match="key is 'B' in the file, 'A' in the store") as caught:
        exams.run(ITEMS.replace("V1,A", "V1,B"), WIDE)
    assert caught.value.items == ("V1",)
    assert dump(exams) == before

    summary = exams.run(
        "item,key,options,version\nV1,B,ABC,2\nV2,B,ABC,1\n",
        "person,item,response,version\n9,V1,B,\n10,V1,B,1\n11,V1,B,3\n007,V1,A,\n8,V1,B,2\n",
    )
    assert counts(summary) == (5, 0, 2, 1, 2)
    assert summary.rejects == {"differs from the stored response": 1, "version not known of the item": 1}
    assert [row for row in exams.answers() if row[0] in ("9", "10")] == [
        ("10", "V1", 1, "B", False), ("9", "V1", 2, "B", True),
    ]  # fmt: skip
    assert exams.rows(
        "select version, edit_kind, based_on_version, state from question_versions v join questions q "
        "on q.id = v.question_id where external_ref = 'EX/V1' order by 1"
    ) == [(1, None, None, "published"), (2, "key", 1, "published")]
    assert exams.rows(
        "select external_ref, live_version from question_publications join questions q on q.id = question_id order by 1"
    ) == [("EX/V1", 2), ("EX/V2", 1), ("EX/V3", 1)]
    # An older items file does not move the publication back.
    exams.run(ITEMS, WIDE)
    assert exams.one("select max(live_version) from question_publications") == 2


def test_items_that_nobody_answered_are_named(exams: Exams) -> None:
    summary = exams.run(ITEMS, "person,V1,V2,V3\n007,A,,\n")
    assert summary.warnings == ("no responses in this file to 2 of its items: V2, V3",)


def test_topics_and_difficulty_of_items(exams: Exams) -> None:
    exams.run("item,key,topic,difficulty\nV1,A,med.heart.rhythm,hard\nV2,B,med,\n", "person,V1,V2\n1,A,B\n")
    assert exams.rows(
        "select t.path::text, t.name, p.path::text from topics t left join topics p on p.id = t.parent_id order by 1"
    ) == [("med", "med", None), ("med.heart", "heart", "med"), ("med.heart.rhythm", "rhythm", "med.heart")]
    assert exams.rows(
        "select v.stem_md, t.path::text, difficulty_label from question_versions v join topics t on t.id = topic_id "
        "order by 1"
    ) == [("Item V1", "med.heart.rhythm", "hard"), ("Item V2", "med", None)]


def test_learners(exams: Exams) -> None:
    roll = "person,institution,cohort\n007,North,2026\n007,North,evening\n9,South,2026\n9,South,2026\n"
    summary = exams.run(ITEMS, WIDE, learners=roll)
    assert summary.learners is not None
    assert (summary.learners.memberships_added, summary.learners.memberships_unchanged) == (3, 0)
    assert (summary.learners.persons, summary.learners.persons_added) == (2, 1)
    assert (summary.learners.institutions_added, summary.learners.cohorts_added) == (2, 3)
    assert any("more than once" in warning for warning in summary.warnings)
    query = (
        "select u.external_ref, i.name, c.name, u.id from cohort_members m join app_users u on u.id = m.user_id "
        "join cohorts c on c.id = m.cohort_id join institutions i on i.id = c.institution_id order by 1, 2, 3"
    )
    members = exams.rows(query)
    assert members == [
        ("007", "North", "2026", user_id(TENANT, "007")),
        ("007", "North", "evening", user_id(TENANT, "007")),
        ("9", "South", "2026", user_id(TENANT, "9")),
    ]
    before = dump(exams)
    again = exams.run(ITEMS, WIDE, learners=roll).learners
    assert again is not None
    assert (again.persons_added, again.memberships_added, again.memberships_unchanged) == (0, 0, 3)
    assert dump(exams) == before


def test_learners_and_blueprint_come_without_responses(exams: Exams) -> None:
    exams.run("item,key,topic\nV1,A,med\n", "person,V1,V2\n007,A,\n")
    answers = exams.answers()
    roll = "person,institution,cohort\n007,North,2026\n12,North,2026\n"
    summary = exams.run(None, None, learners=roll, blueprint="topic,difficulty,quota\nmed,,5\n")
    assert (summary.with_responses, summary.read, summary.warnings) == (False, 0, ())
    assert summary.lines()[1:] == [
        "learners: 2 persons in the file, 1 of them new; 1 institution, 1 cohort and 2 memberships added, "
        "0 unchanged, 0 removed",
        "blueprint: 1 quota; 1 added, 0 changed, 0 unchanged, 0 removed",
    ]
    assert exams.answers() == answers
    before = dump(exams)
    again = exams.run(None, None, learners=roll, blueprint="topic,difficulty,quota\nmed,,5\n")
    assert "0 memberships added, 2 unchanged, 0 removed" in again.lines()[1]
    assert "0 added, 0 changed, 1 unchanged, 0 removed" in again.lines()[2]
    assert dump(exams) == before


def test_an_exam_without_items_is_made_and_said(exams: Exams) -> None:
    summary = exams.run(None, None, learners="person,institution,cohort\n007,North,2026\n")
    assert exams.rows("select code from exams") == [("EX",)]
    assert summary.warnings == (
        "exam EX has no items yet: import them with its responses, or correct the code",
    )
    assert exams.run(ITEMS, WIDE).warnings == ()
    # The learner who was enrolled first is the one who answers.
    assert exams.one("select count(*) from cohort_members m join user_responses r using (user_id)") == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"items": ITEMS}, "a file of items is named but none of responses"),
        ({"responses": WIDE}, "a file of responses is named but none of items"),
        ({}, "nothing to import for exam EX"),
    ],
)
def test_files_that_make_no_import_are_refused(exams: Exams, given: dict[str, str], told: str) -> None:
    with pytest.raises(ImportFilesError, match=told):
        exams.run(given.get("items"), given.get("responses"))
    assert exams.rows("select code from exams") == []


def test_a_bad_row_of_learners_beside_a_blueprint_imports_neither(exams: Exams) -> None:
    with pytest.raises(LearnersError, match="line 3: cohort is empty"):
        exams.run(
            None,
            None,
            learners="person,institution,cohort\n1,North,2026\n2,North,\n",
            blueprint="topic,difficulty,quota\n,,5\n",
        )
    assert all(rows == [] for rows in dump(exams).values())


def test_invented_institutions_and_cohorts_are_marked(exams: Exams) -> None:
    marks = (
        "select i.name, i.is_invented, c.name, c.is_invented from cohorts c "
        "join institutions i on i.id = c.institution_id order by 1, 3"
    )
    roll = "person,institution,cohort,invented\n1,Made up,A,yes\n2,Made up,B,TRUE\n3,North,2026,0\n"
    summary = exams.run(None, None, learners=roll)
    assert summary.learners is not None
    assert (summary.learners.invented_cohorts, summary.learners.marks_changed) == (2, 0)
    assert "2 cohorts of the file marked as invented" in summary.lines()[1]
    first = [("Made up", True, "A", True), ("Made up", True, "B", True), ("North", False, "2026", False)]
    assert exams.rows(marks) == first
    # A file that does not say leaves the marks; a new cohort takes its institution's.
    exams.run(None, None, learners="person,institution,cohort\n1,Made up,A\n4,Made up,C\n5,North,2027\n")
    assert exams.rows(marks) == [
        *first[:2], ("Made up", True, "C", True), first[2], ("North", False, "2027", False)
    ]  # fmt: skip
    changed = exams.run(None, None, learners="person,institution,cohort,invented\n1,Made up,A,no\n").learners
    assert changed is not None
    assert changed.marks_changed == 2
    assert exams.rows(marks)[:2] == [("Made up", False, "A", False), ("Made up", False, "B", True)]


def test_the_blueprint_file_is_the_whole_blueprint(exams: Exams) -> None:
    items = "item,key,topic\nV1,A,med.heart\nV2,B,med\nV3,C,med\n"
    exams.run(items, WIDE, blueprint="topic,difficulty,quota\nmed.heart,hard,5\nmed,,10\n,,40\n")
    query = (
        "select t.path::text, difficulty_label, quota, b.id from blueprint_quotas b left join topics t "
        "on t.id = topic_id where exam_code = 'EX' order by b.id"
    )
    first = exams.rows(query)
    assert [row[:3] for row in first] == [("med.heart", "hard", 5), ("med", None, 10), (None, None, 40)]
    summary = exams.run(items, WIDE, blueprint="topic,difficulty,quota\nmed,,12\n,,40\nlaw,easy,1\n")
    assert summary.blueprint == BlueprintChange(added=1, changed=1, unchanged=1, removed=1)
    second = exams.rows(query)
    assert [row[:3] for row in second] == [("med", None, 12), (None, None, 40), ("law", "easy", 1)]
    assert [row[3] for row in second[:2]] == [row[3] for row in first[1:]]
    assert any("no item of exam EX has the topic law" in warning for warning in summary.warnings)
    exams.run(items, WIDE)  # no blueprint file: the blueprint stays
    assert exams.rows(query) == second


def test_a_person_known_under_another_id_keeps_it(exams: Exams) -> None:
    known = uuid.uuid4()
    with exams.engine.begin() as connection:
        connection.execute(
            text("insert into app_users (id, tenant_id, external_ref) values (:id, :tenant, '007')"),
            {"id": known, "tenant": TENANT},
        )
    exams.run(ITEMS, WIDE, learners="person,institution,cohort\n007,North,2026\n")
    assert exams.one("select count(*) from user_responses where user_id = :id", id=known) == 2
    assert exams.one("select count(*) from quiz_sessions where user_id = :id", id=known) == 1
    assert exams.one("select count(*) from cohort_members where user_id = :id", id=known) == 1


def test_exams_and_tenants(exams: Exams) -> None:
    other = uuid.UUID(int=2)
    exams.run(ITEMS, WIDE)
    with pytest.raises(ExamError, match="exam EX belongs to another tenant"):
        exams.run(ITEMS, WIDE, tenant=other)
    for code in ("", "a b", "-x", "x" * 64, "a/b"):
        with pytest.raises(ExamError, match="is not possible"):
            exams.run(ITEMS, WIDE, exam=code)
    exams.run(ITEMS, WIDE, exam="EX2", tenant=other)
    assert exams.rows("select tenant_id, count(*) from user_responses group by 1 order by 1") == [
        (TENANT, 5),
        (other, 5),
    ]
    assert exams.one("select count(*) from app_users where external_ref = '007'") == 2


@pytest.mark.parametrize(
    "odd", ["=cmd()", "a/b", "a\\b", "\\.", '"quoted"', "two\nlines", "é, ü", "NA", "'", "1.0"]
)
def test_identifiers_are_text_whatever_they_hold(exams: Exams, odd: str) -> None:
    quoted = '"' + odd.replace('"', '""') + '"'
    summary = exams.run(
        f"item,key\n{quoted},A\n",
        f"person,item,response,session\n{quoted},{quoted},A,{quoted}\n{quoted},{quoted},,other\nX,{quoted},Z,\n",
    )
    assert counts(summary) == (2, 1, 2, 0, 0)
    assert exams.rows("select distinct external_ref from app_users where external_ref <> 'X'") == [(odd,)]
    assert exams.rows("select external_ref from questions") == [(f"EX/{odd}",)]


def test_when_every_row_is_rejected_the_items_are_there_and_nothing_else(exams: Exams) -> None:
    summary = exams.run(ITEMS, "person,item,response\n1,V1,X\n1,V2,Y\n")
    assert counts(summary) == (2, 0, 0, 0, 2)
    assert exams.one("select count(*) from questions") == 3
    assert exams.one("select count(*) from quiz_sessions") == 0
    assert exams.one("select count(*) from app_users") == 0


def test_three_responses_are_an_exam_too(exams: Exams) -> None:
    assert counts(exams.run(ITEMS, "person,item,response\n1,V1,A\n1,V2,B\n2,V1,B\n")) == (3, 0, 3, 0, 0)


def test_a_fault_anywhere_leaves_nothing_behind(exams: Exams) -> None:
    with pytest.raises(FileFormatError, match="'quota' is missing"):
        exams.run(ITEMS, WIDE, blueprint="topic,difficulty\nmed,easy\n")
    exams.rejects.write_text("a file where the folder should be")
    with pytest.raises(RejectsFileError, match="cannot be written"):
        exams.run(ITEMS, "person,V1\n1,Z\n")
    assert all(rows == [] for rows in dump(exams).values())


def test_progress_and_summary(exams: Exams) -> None:
    seen: list[tuple[str, int, int]] = []
    (exams.folder / "i.csv").write_text(ITEMS)
    (exams.folder / "r.csv").write_text(WIDE)
    summary = import_exam(
        exams.engine,
        ImportRequest("EX", exams.folder / "i.csv", exams.folder / "r.csv", TENANT, 1, exams.rejects),
        progress=lambda *step: seen.append(step),
    )
    assert list(dict.fromkeys(stage for stage, _, _ in seen)) == ["read", "match", "load", "add"]
    assert all(done <= total for _, done, total in seen)
    assert seen[-1] == ("add", 2, 2)
    assert summary.seconds > 0
    lines = summary.lines()
    assert lines[0] == "exam EX: 3 items, 3 versions added, 2 persons, 2 sessions"
    assert lines[1].startswith(
        "responses: 5 read (1 cell without an answer), 5 added, 0 already there, 0 rejected; "
    )
    assert lines[2] == "no clock in the file: dates and response times are synthetic, made from the seed"


def test_many_sessions_go_in_in_parts(exams: Exams, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ingestion.imports.load.SESSIONS_AT_ONCE_ROWS", 7)
    monkeypatch.setattr("ingestion.imports.staging.CHUNK_ROWS", 10)
    wide = "person,V1,V2,V3\n" + "".join(f"P{n},A,B,C\n" for n in range(50))
    assert counts(exams.run(ITEMS, wide)) == (150, 0, 150, 0, 0)
    assert exams.one("select count(*) from quiz_items") == 150
    assert counts(exams.run(ITEMS, wide)) == (150, 0, 0, 150, 0)
