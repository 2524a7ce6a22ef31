"""`python -m tests.simulations [NAME ...] [--replications N]`: the long studies; without a name, the list of them."""

from __future__ import annotations

import argparse
import pkgutil
from importlib import import_module
from types import ModuleType

import polars as pl

import tests.simulations


def studies() -> dict[str, ModuleType]:
    """Every module of this package that has a study, by its NAME."""
    modules = [
        import_module(f"tests.simulations.{each.name}")
        for each in pkgutil.iter_modules(tests.simulations.__path__)
        if each.name != "__main__"
    ]
    return {module.NAME: module for module in modules if hasattr(module, "study")}


def main() -> None:
    """Run the studies named, or list all."""
    known = studies()
    parser = argparse.ArgumentParser(prog="python -m tests.simulations")
    parser.add_argument("names", nargs="*", choices=[[], *known], metavar="NAME")
    parser.add_argument("--replications", type=int)
    asked = parser.parse_args()
    if not asked.names:
        for name, module in sorted(known.items()):
            print(f"{name:<24}{(module.__doc__ or '').strip().splitlines()[0]}")
    settings = {} if asked.replications is None else {"replications": asked.replications}
    with pl.Config(tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=60, tbl_width_chars=160):
        for name in asked.names:
            print(f"\n{name}: {(known[name].__doc__ or '').strip().splitlines()[0]}")
            print(known[name].study(**settings))


if __name__ == "__main__":
    main()
