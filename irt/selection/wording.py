"""Bounds of a blueprint, and what stands against them, in words."""

from __future__ import annotations

from irt.selection.constraints import Constraints, Kind


def asked(rows: Constraints, row: int, low: bool) -> str:
    """What one side of a row asks for, such as "topic A: at least 5"."""
    least, most, name = int(rows.lower[row]), int(rows.upper[row]), rows.names[row]
    if rows.kinds[row] == Kind.SET:
        return f"{name}: none or {least}" + (f" to {most}" if most > least else "")
    if rows.kinds[row] == Kind.LENGTH:
        return f"length: {least}"
    return f"{name}: at least {least}" if low else f"{name}: at most {most}"


def sentence(
    rows: Constraints, focus: tuple[int, bool], others: list[tuple[int, bool]], attainable: int | None
) -> str:
    """Why the first of some demands cannot be met along with the others.

    `attainable`: the largest count (of a lower bound) or smallest (of an upper one) that the others leave, and
    None where that does not explain it: a length that is passed over.
    """
    row, low = focus
    wanted = int(rows.lower[row] if low else rows.upper[row])
    demands = [asked(rows, *other) for other in others]
    listed = " and ".join(filter(None, (", ".join(demands[:-1]), *demands[-1:])))
    if attainable is None:
        return f"no choice of items has exactly {wanted} under {listed}"
    if rows.kinds[row] != Kind.LENGTH:
        bank = f"{rows.names[row]} needs {wanted} items, "
        return bank + (
            f"only {attainable} are possible with {listed}" if others else f"the bank has {attainable}"
        )
    if not others:
        return f"the test needs {wanted} items, the bank has {attainable}"
    if low:
        return f"the test needs {wanted} items, only {attainable} are possible with {listed}"
    together = "together need" if len(others) > 1 else "needs"
    return f"{listed} {together} {attainable} of {wanted} places"
