"""Is an item harder for one group of persons than for equally able others? Mantel-Haenszel, by mode and by groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import irt
from irt.errors import InvalidArgument
from orchestration.diagnostics.finding import Row, Rows, finding, some
from orchestration.diagnostics.fitted import Fitted

#: Persons that a group needs to be compared, and groups that are, the largest ones.
FEWEST_PERSONS, MOST_GROUPS = 100, 10
REFERENCE, FOCAL = "exam", "tutor"
_REST = "all others"


def by_mode(fitted: Fitted) -> tuple[Rows, list[Row]]:
    """Compare tutor with exam mode; nothing where either has too few persons."""
    modes = fitted.persons["mode"].to_list()
    if min(modes.count(REFERENCE), modes.count(FOCAL)) < FEWEST_PERSONS:
        return [], []
    return _compare(fitted, "mode", modes, REFERENCE, FOCAL, f"{FOCAL} against {REFERENCE} mode")


def by_group(fitted: Fitted, by: str, of_user: Mapping[str, str]) -> tuple[Rows, list[Row]]:
    """Compare each large institution or cohort (`by`) with all others that are known; `of_user` names a user's."""
    labels = [of_user.get(user) for user in fitted.persons["user_id"]]
    counts = {label: labels.count(label) for label in dict.fromkeys(labels) if label is not None}
    large = sorted((n, label) for label, n in counts.items() if n >= FEWEST_PERSONS)[::-1][:MOST_GROUPS]
    rows: Rows = []
    figures: list[Row] = []
    for n, focal in large[1:] if len(counts) == 2 else large:
        if sum(counts.values()) - n < FEWEST_PERSONS:
            continue
        two = [label if label in (None, focal) else _REST for label in labels]
        found, said = _compare(fitted, "dif", two, _REST, focal, f"{by} {focal} against {_REST}")
        rows += found
        figures += said
    return rows, figures


def _compare(
    fitted: Fitted, kind: str, labels: Sequence[str | None], reference: str, focal: str, contrast: str
) -> tuple[Rows, list[Row]]:
    try:
        found = irt.dif.mantel_haenszel(
            fitted.answers,
            labels,
            reference,
            focal,
            match="theta",
            parameters=fitted.calibration.parameters,
            minimum=FEWEST_PERSONS,
        )
    except InvalidArgument as error:
        return [], [{"contrast": contrast, "kind": kind, "n_items": 0, "n_flagged": 0, "reason": str(error)}]
    judged = [row for row in found.iter_rows(named=True) if row["d_dif"] is not None]
    flagged = [row["item"] for row in judged if row["flagged"]]
    figures = {
        "contrast": contrast,
        "kind": kind,
        "n_reference": labels.count(reference),
        "n_focal": labels.count(focal),
        "n_items": len(judged),
        "n_flagged": len(flagged),
        "flagged": some(flagged),
        "reason": "" if judged else f"no item has {FEWEST_PERSONS} answers of each",
    }
    return [_finding(kind, contrast, focal, row) for row in judged], [figures]


def _finding(kind: str, contrast: str, focal: str, row: Row) -> Row:
    way = "harder" if row["d_dif"] < 0.0 else "easier"
    who = f"in {focal} mode" if kind == "mode" else f"for {focal}"
    size = (
        f"(D-DIF {row['d_dif']:.2f} ± {row['se_d_dif']:.2f}, class {row['class']}, q = {row['q_value']:.2g})"
    )
    said = (
        f"It is {way} {who} than for equally able others {size}: read it for what only one of them knows."
        if row["flagged"]
        else f"It is as hard {who} as for equally able others {size}."
    )
    return finding(
        kind,
        row["item"],
        contrast=contrast,
        effect=row["d_dif"],
        unit="delta (ETS D-DIF)",
        statistic=row["chi_square"],
        p_value=row["p_value"],
        q_value=row["q_value"],
        grade=row["class"],
        flagged=row["flagged"],
        sentence=said,
    )
