"""How dbt learns where the database is: the variables that dbt_qbank/profiles.yml reads."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from database.errors import SettingsError

_ADVICE = "set QBANK_DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
_DEFAULT_PORT = 5432
# Query parameters of the URL that dbt's profile passes on; how TLS is checked must not get lost on the way.
_PASSED_ON = {"sslmode": "QBANK_DBT_SSLMODE", "sslrootcert": "QBANK_DBT_SSLROOTCERT"}
# Parameters without bearing on which server is reached, or how safely.
_LEFT_OUT = frozenset({"application_name", "connect_timeout"})


def dbt_environment(url: str) -> dict[str, str]:
    """Return the QBANK_DBT_* variables for the database at `url`, an SQLAlchemy URL for psycopg.

    Host, port and user that the URL does not name become libpq's defaults (localhost, 5432, the
    operating system's user). Raises SettingsError where the URL asks for something that dbt's profile
    cannot pass on; the message holds no password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # their text repeats the URL, password included
        raise SettingsError(f"the database URL cannot be parsed; {_ADVICE}") from None
    if not parsed.database:
        raise SettingsError(f"the database URL names no database; {_ADVICE}")
    unknown = sorted(set(parsed.query) - set(_PASSED_ON) - _LEFT_OUT)
    if unknown:
        raise SettingsError(
            f"dbt cannot connect with the database URL's parameters {', '.join(unknown)}: "
            f"leave them out (passed on are {', '.join(_PASSED_ON)}); {_ADVICE}"
        )
    made = {
        "QBANK_DBT_HOST": parsed.host or "localhost",
        "QBANK_DBT_PORT": str(parsed.port or _DEFAULT_PORT),
        "QBANK_DBT_USER": parsed.username or "",
        "QBANK_DBT_PASSWORD": parsed.password or "",
        "QBANK_DBT_DBNAME": parsed.database,
    }
    return made | {_PASSED_ON[name]: str(value) for name, value in parsed.query.items() if name in _PASSED_ON}
