from __future__ import annotations

import re
from pathlib import Path

import pytest

from database.errors import SettingsError
from orchestration.dbt_environment import dbt_environment

PROFILE = Path(__file__).parents[2] / "dbt_qbank" / "profiles.yml"


def test_every_part_of_the_url_reaches_dbt() -> None:
    assert dbt_environment(
        "postgresql+psycopg://ann:s%40fe%2Fword@db.example:6543/bank?sslmode=verify-full&sslrootcert=/ca.pem"
    ) == {
        "QBANK_DBT_HOST": "db.example",
        "QBANK_DBT_PORT": "6543",
        "QBANK_DBT_USER": "ann",
        "QBANK_DBT_PASSWORD": "s@fe/word",
        "QBANK_DBT_DBNAME": "bank",
        "QBANK_DBT_SSLMODE": "verify-full",
        "QBANK_DBT_SSLROOTCERT": "/ca.pem",
    }


def test_what_the_url_leaves_out_is_libpqs_default() -> None:
    assert dbt_environment("postgresql+psycopg:///bank?connect_timeout=3") == {
        "QBANK_DBT_HOST": "localhost",
        "QBANK_DBT_PORT": "5432",
        "QBANK_DBT_USER": "",
        "QBANK_DBT_PASSWORD": "",
        "QBANK_DBT_DBNAME": "bank",
    }


def test_the_profile_reads_these_variables_and_no_others() -> None:
    read = set(re.findall(r"env_var\('([A-Z_]+)'", PROFILE.read_text()))
    assert read == set(dbt_environment("postgresql+psycopg://u:p@h:1/d?sslmode=require&sslrootcert=/c"))


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("postgresql+psycopg://ann:secret@db:5432", "names no database"),
        ("postgresql+psycopg://ann:secret@db:port/bank", "cannot be parsed"),
        ("postgresql+psycopg://ann:secret@/bank?host=one&host=two", "parameters host"),
        ("postgresql+psycopg://ann:secret@db/bank?options=-crole%3Dx&sslmode=require", "parameters options"),
    ],
)
def test_what_dbt_cannot_pass_on_is_refused_without_the_password(url: str, fault: str) -> None:
    with pytest.raises(SettingsError, match=fault) as refused:
        dbt_environment(url)
    assert "secret" not in str(refused.value)
    assert "QBANK_DATABASE_URL" in str(refused.value)
