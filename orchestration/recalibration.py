"""When an exam is worth calibrating again: enough new usable first attempts since the run that read it last."""

from __future__ import annotations

import msgspec

from database.queries.new_answers import ExamStanding, Judged
from orchestration.lifecycle.policy import Policy


class Seen(msgspec.Struct, kw_only=True):
    """What the sensor remembers from one look to the next: its cursor.

    build:  of the marts that `judged` was counted of.
    judged: first attempts of each exam, and the usable ones among them.
    asked:  usable first attempts of each exam when a run was last asked for.
    """

    build: str | None = None
    judged: dict[str, Judged] = {}
    asked: dict[str, int] = {}

    @classmethod
    def of(cls, cursor: str | None) -> Seen:
        """Return what a cursor holds; one that cannot be read holds nothing, which costs one count."""
        try:
            return msgspec.json.decode(cursor or "{}", type=cls)
        except msgspec.MsgspecError:
            return cls()

    def cursor(self) -> str:
        """Return the text that Dagster keeps."""
        return msgspec.json.encode(self).decode()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an exam is to run. `usable`: its usable first attempts by now, those not yet judged estimated."""

    exam: str
    due: bool
    usable: int
    sentence: str


def verdict(standing: ExamStanding, rules: Policy, judged: Judged, unjudged: int, asked: int) -> Verdict:
    """Compare what an exam has with what its newest run read, and with what a run was last asked for at.

    Of answers that the response policy has not judged yet, as many are taken for usable as of those it has. A run
    that failed is not asked for again until as much came in once more: the same data would fail again.
    """
    share = judged.usable / judged.first_attempts if judged.first_attempts else 1.0
    usable = judged.usable + round(unjudged * share)
    needed = max(rules.recalibrate_responses, round(rules.recalibrate_share * standing.n_usable))
    new = max(usable - max(standing.n_usable, asked), 0)
    since = "no run yet" if standing.fitted_at is None else f"run of {standing.fitted_at:%Y-%m-%d %H:%M} UTC"
    said = f"{standing.code}: {new:,} new usable first attempts ({since}); {needed:,} start a run"
    return Verdict(exam=standing.code, due=new >= needed, usable=usable, sentence=said)
