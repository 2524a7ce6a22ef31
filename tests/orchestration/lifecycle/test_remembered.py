"""What a run remembers survives its column."""

from __future__ import annotations

from orchestration.lifecycle.remembered import Anchor, Choice, Edit, Lifecycle, remembered

WHERE = {"question_id": 1, "version": 2, "item": "V1@2"}


def test_what_is_written_is_read_again() -> None:
    written = Lifecycle(
        policy={"fewest_items": 10},
        link={"A": 1.0},
        choices=[Choice(**WHERE, n=300, model="3PL", guessing=0.2, reason="c at its bound")],
        edits=[Edit(**WHERE, edit_kind="key", based_on=1, done="voided", sentence="The key changed.")],
        anchors=[Anchor(**WHERE, verdict="dropped", distance=0.08, reason="became easier")],
    )
    assert remembered(written.plain()) == written


def test_a_run_of_before_remembers_nothing() -> None:
    assert remembered({}) == Lifecycle(policy={})
