"""A real Apache Kafka broker for tests: one node, KRaft, from Maven's jars and the machine's Java.

`resolve` gets the jars once; a Broker formats its folder, and then is started, killed and started again at
will. It ends with the process that started it, however that ends.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
START_SECONDS = 120.0
_CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"
# For a short life on a small machine: half the start time of the defaults.
_JAVA = ("java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
# Linux kills the broker when its parent dies, also by SIGKILL. Asked for after the fork, by the process
# that then becomes the broker; the parent may have died before.
_DIES_WITH_PARENT = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]): sys.exit("the parent is gone")
os.execvp(sys.argv[2], sys.argv[2:])
"""
_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# After a SIGKILL the controller waits this long for the dead broker before it lets the new one in.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# Retention and compaction are seen to within a test's patience.
log.retention.check.interval.ms=500
log.initial.task.delay.ms=500
log.cleaner.backoff.ms=200
log.segment.delete.delay.ms=100
"""


class BrokerToolsMissing(Exception):
    """Java or Maven is not on this machine."""


def resolve(cache: Path | None = None) -> Path:
    """Return the folder of the broker's jars, filled by Maven unless it was before.

    It lies below `cache`, else QBANK_HOME, else the system's temporary folder, by the pom's hash.
    """
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise BrokerToolsMissing(
                f"{tool} is not on this machine: the tests on a real Kafka broker need a Java runtime (17 or "
                "newer) and Maven (Debian: apt-get install default-jre-headless maven)"
            )
    home = cache or Path(os.environ.get("QBANK_HOME") or tempfile.gettempdir())
    jars = home / "test-broker" / hashlib.sha256(POM.read_bytes()).hexdigest()[:16]
    if not jars.is_dir():
        jars.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
            _copy_jars(Path(scratch))
            try:
                (Path(scratch) / "lib").rename(jars)  # whole or not at all
            except OSError:  # another process was faster
                if not jars.is_dir():
                    raise
    return jars


def _copy_jars(scratch: Path) -> None:
    shutil.copy(POM, scratch)
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    copied = subprocess.run(
        [*command, "-DoutputDirectory=lib"], cwd=scratch, capture_output=True, text=True, check=False
    )
    if copied.returncode != 0:
        raise RuntimeError(f"Maven did not get the broker's jars:\n{copied.stdout[-3000:]}{copied.stderr}")


class Broker:
    """A broker in `folder`; `settings` go into server.properties over those above."""

    def __init__(self, jars: Path, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._jars = jars
        self._process: subprocess.Popen[bytes] | None = None
        self.port, controller = free_ports()
        self.bootstrap = f"127.0.0.1:{self.port}"
        text = _PROPERTIES.format(port=self.port, controller=controller, folder=folder)
        text += "".join(f"{name}={value}\n" for name, value in (settings or {}).items())
        folder.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(text)
        self._format()

    @property
    def log(self) -> Path:
        """What the broker wrote, over all its starts."""
        return self.folder / "broker.log"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the broker and wait until it takes connections.

        It dies with the thread that calls this: call it from one that lives as long as it is wanted.
        """
        if self.running:
            raise RuntimeError("the broker is running")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*guard(), *_JAVA, *self._main("kafka.Kafka")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C is for the tests, which then stop it
            )
        self._await_port()

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Shut down in good order, or by force after 20 s."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """SIGKILL, then start on the same data and port."""
        self.kill()
        self.start()

    def _end(self, number: int) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None

    def _await_port(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                pass
            else:
                return
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the broker did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _main(self, name: str, *arguments: str) -> list[str]:
        return ["-cp", f"{self._jars}/*", name, *arguments, *([] if arguments else [str(self._properties)])]

    def _format(self) -> None:
        tool = self._main("kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(self._properties))
        made = subprocess.run([*_JAVA, *tool], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise RuntimeError(f"the broker's folder was not formatted:\n{made.stdout}{made.stderr}")


def guard() -> list[str]:
    """Return the words before a command that make it die with this process."""
    if sys.platform != "linux":
        return []
    return [sys.executable, "-I", "-S", "-c", _DIES_WITH_PARENT, str(os.getpid())]


def free_ports() -> tuple[int, int]:
    """Return two ports that nothing listens on, below those that the system gives to clients.

    While a broker is away none may take its port: neither another process, nor a client that tries to
    reach it and, given that very port to come from, finds itself.
    """
    found: list[int] = []
    while len(found) < 2:
        port = random.randrange(20_000, 32_768)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found[0], found[1]
