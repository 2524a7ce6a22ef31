"""The embedded ClickHouse: one owner of the data, whoever is killed at whatever instant."""

from __future__ import annotations

import http.client
import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from clickhouse_connect.driver.client import Client

from database import clickhouse
from database.clickhouse import embedded
from database.clickhouse.session import answering, connect
from database.errors import ClickHouseError, ClickHouseUnavailableError, EmbeddedServerError
from database.settings import DatabaseSettings

ROOT = Path(__file__).parents[3]
AS_ROOT = os.geteuid() == 0
PATIENCE = 60.0
# A client of its own: reports the URL, then lives until it is killed or its stdin closes.
CLIENT = """
import sys
from pathlib import Path
from database.clickhouse import embedded
print(embedded.ensure_running(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose name chDB, a shell or a URL would misread."""
    folder = Path(tempfile.mkdtemp(prefix="qbank-clickhouse-", dir="/tmp"))
    home = folder / "o dd?d'#%41&x=1 é"
    yield home
    embedded.purge(home)
    shutil.rmtree(folder)


@pytest.fixture
def client(home: Path) -> Iterator[Client]:
    client = clickhouse.open_url(embedded.ensure_running(home))
    yield client
    client.close()


def owner(home: Path) -> int:
    return int((home / "clickhouse" / "listening").read_text().split()[0])


def starter(home: Path) -> subprocess.Popen[str]:
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


def ask(url: str, statement: str, headers: dict[str, str], path: str = "/") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=PATIENCE)
    connection.request("POST", path, statement.encode(), headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def key(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    return {"X-ClickHouse-User": str(parts.username), "X-ClickHouse-Key": str(parts.password)}


def remember(client: Client) -> None:
    client.command("create table kept (n UInt64) engine = MergeTree order by n")
    client.command("insert into kept select number from numbers(1000)")


def remembered(home: Path) -> object:
    client = connect(embedded.ensure_running(home))
    try:
        return client.command("select count() from kept")
    finally:
        client.close()


def test_a_running_server_is_found_and_left_alone(home: Path) -> None:
    url = embedded.ensure_running(home)
    pid = owner(home)
    assert embedded.ensure_running(home) == url
    assert owner(home) == pid
    status = embedded.status(home)
    assert (status.running, status.url, status.port) == (True, url, urlsplit(url).port)
    assert urlsplit(url).path == "/qbank"


def test_nothing_is_made_by_looking(home: Path) -> None:
    assert embedded.status(home).running is False
    assert embedded.stop(home) is False
    embedded.purge(home)
    assert not home.exists()


def test_stop_is_idempotent_and_a_restart_keeps_rows(home: Path, client: Client) -> None:
    remember(client)
    assert embedded.stop(home) is True
    assert embedded.stop(home) is False
    assert embedded.status(home).running is False
    assert remembered(home) == 1000


def test_purge_of_a_running_server_deletes_all_of_it(home: Path, client: Client) -> None:
    embedded.purge(home)
    assert not (home / "clickhouse").exists()
    with pytest.raises(ClickHouseUnavailableError), answering(client):
        client.command("select 1")


def test_a_killed_owner_comes_back_with_every_row(home: Path, client: Client) -> None:
    remember(client)
    os.kill(owner(home), signal.SIGKILL)
    assert remembered(home) == 1000


def test_ten_processes_that_call_at_once_get_one_owner(home: Path) -> None:
    starters = [starter(home) for _ in range(10)]
    answers = [one.communicate(timeout=PATIENCE)[0].strip() for one in starters]
    assert [one.returncode for one in starters] == [0] * 10
    assert set(answers) == {embedded.status(home).url}
    assert (home / "clickhouse" / "log").read_text().count("owns") == 1


def test_starters_killed_at_any_instant_block_nobody(home: Path) -> None:
    instants = random.Random(5)
    for _ in range(6):
        one = starter(home)
        time.sleep(instants.uniform(0.0, 0.6))
        one.kill()
        one.communicate()
        if embedded.status(home).running:
            os.kill(owner(home), signal.SIGKILL)
    client = clickhouse.open_url(embedded.ensure_running(home))
    remember(client)
    client.close()
    assert remembered(home) == 1000


def test_the_owner_outlives_its_starter_and_ctrl_c(home: Path) -> None:
    one = starter(home)
    assert one.stdout is not None
    url = one.stdout.readline().strip()
    pid = owner(home)
    os.killpg(one.pid, signal.SIGINT)
    one.communicate()
    assert one.returncode != 0
    assert embedded.ensure_running(home) == url
    assert owner(home) == pid
    assert os.getsid(pid) != one.pid


def test_the_owner_inherits_no_open_file_and_no_secret(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_DATABASE_URL", "postgresql://u:hunter2@h/d")
    with (tmp_path / "stray").open("w") as stray:
        os.set_inheritable(stray.fileno(), True)
        embedded.ensure_running(home)
    opened = {str(link.readlink()) for link in Path(f"/proc/{owner(home)}/fd").iterdir()}
    assert str(tmp_path / "stray") not in opened
    assert str((home / "clickhouse" / "alive").resolve()) in opened
    assert b"hunter2" not in Path(f"/proc/{owner(home)}/environ").read_bytes()


def test_a_stop_waits_for_what_is_running(home: Path) -> None:
    url = embedded.ensure_running(home)
    answers: list[tuple[int, bytes]] = []
    slow = "select sum(sleepEachRow(0.1)) from numbers(10) settings max_block_size = 1"
    asking = threading.Thread(target=lambda: answers.append(ask(url, slow, key(url))))
    asking.start()
    running = "select count() from system.processes where query like '%sleepEachRow%' and query not like '%processes%'"
    wait_for(lambda: ask(url, running, key(url)) == (200, b"1\n"))
    assert embedded.stop(home) is True
    asking.join()
    assert answers == [(200, b"0\n")]
    assert "ended as told" in (home / "clickhouse" / "log").read_text()


def test_only_its_user_may_look_and_only_who_has_the_password_may_ask(home: Path) -> None:
    url = embedded.ensure_running(home)
    folder = home / "clickhouse"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    assert ask(url, "select 1", key(url)) == (200, b"1\n")
    for headers in ({}, key(url) | {"X-ClickHouse-Key": "wrong"}, {"Authorization": "Basic !"}):
        assert ask(url, "select 1", headers)[0] == 401
    with pytest.raises(ClickHouseError, match="password is wrong") as told:
        connect(url.replace(str(urlsplit(url).password), "wrong"))
    assert told.value.code == 516


def test_a_statement_that_was_cut_short_is_not_run(home: Path, client: Client) -> None:
    client.command("create table cut (n UInt64) engine = MergeTree order by n")
    url = embedded.ensure_running(home)
    login = "".join(f"{name}: {value}\r\n" for name, value in key(url).items())
    whole = b"insert into qbank.cut format TSV\n1\n2\n"
    chunk = f"{len(whole):x}\r\n".encode() + whole + b"\r\n"
    for head, body in (
        (f"Content-Length: {len(whole) + 2}", whole),
        ("Content-Length: -1", whole),
        ("Transfer-Encoding: chunked", chunk),
        ("Transfer-Encoding: chunked", chunk[:-6]),
    ):
        with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0)) as connection:
            connection.sendall(f"POST / HTTP/1.1\r\n{login}{head}\r\n\r\n".encode() + body)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
    assert client.command("select count() from cut") == 0
    assert ask(url, whole.decode(), key(url)) == (200, b"")
    assert client.command("select count() from cut") == 2


def test_settings_and_database_of_a_request_are_not_left_for_the_next(client: Client) -> None:
    assert client.command("select getSetting('max_threads')", settings={"max_threads": 7}) == 7
    assert client.command("select getSetting('max_threads')") != 7
    assert client.command("select currentDatabase()") == "qbank"
    assert client.command("select currentDatabase()", use_database=False) == "default"


def test_only_names_of_settings_are_taken_for_settings(home: Path) -> None:
    url = embedded.ensure_running(home)
    path = "/?max_threads%20%3D%201%2C%20a=1"
    status, body = ask(url, "select 1", key(url), path)
    assert status == 500
    assert b"UNKNOWN_SETTING" in body


def test_a_start_that_fails_shows_the_log_and_can_be_mended(home: Path) -> None:
    folder = home / "clickhouse"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "data").write_text("no folder")
    with pytest.raises(EmbeddedServerError, match="embedded ClickHouse"):
        embedded.ensure_running(home)
    (folder / "data").unlink()
    assert embedded.ensure_running(home).startswith("http://qbank:")


def test_data_that_someone_else_opened_is_told_with_the_log(home: Path) -> None:
    embedded.ensure_running(home)
    embedded.stop(home)
    code = "import chdb; held = chdb.connect('data'); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=home / "clickhouse",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(EmbeddedServerError, match="ended while it started") as told:
            embedded.ensure_running(home)
        assert "The end of" in str(told.value)
        other.communicate("\n")
    assert embedded.ensure_running(home).startswith("http://qbank:")


@pytest.mark.skipif(not AS_ROOT, reason="only root may give a folder away")
def test_the_folder_of_another_user_is_left_to_them(home: Path) -> None:
    (home / "clickhouse").mkdir(parents=True)
    os.chown(home / "clickhouse", 65534, 65534)
    with pytest.raises(EmbeddedServerError, match="belongs to the user with the id 65534"):
        embedded.ensure_running(home)


def test_without_chdb_and_a_server_the_error_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "chdb", None)
    settings = DatabaseSettings(home=home, clickhouse_url=None)
    assert clickhouse.is_configured(settings) is False
    with pytest.raises(ClickHouseError, match=r"set QBANK_CLICKHOUSE_URL .*qbank\[embedded\]"):
        clickhouse.open_client(settings)
    named = DatabaseSettings(home=home, clickhouse_url="http://127.0.0.1:1/q")
    assert clickhouse.is_configured(named) is True
    assert clickhouse.running_url(named) == "http://127.0.0.1:1/q"
    assert clickhouse.running_url(settings) is None
