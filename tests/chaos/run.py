"""One run of chaos: so many kills at random points, over so many events."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from database import embedded
from database.engine import engine_as
from database.settings import DatabaseSettings
from database.tenancy import Role
from tests.chaos.producers import Sent, to_outbox, to_topic
from tests.chaos.verdict import violations
from tests.chaos.world import TARGETS, World

# The broker takes seconds to come back, the others less than one: it is killed less often.
WEIGHTS = {"broker": 1}
USUAL_WEIGHT = 3
SETTLE_SECONDS = 300.0


@dataclass(frozen=True)
class Outcome:
    """What a run did and found; `wrong` is empty where every event is there exactly once."""

    events: int
    dead_letters: int
    kills: Counter[str]
    seconds: float
    wrong: list[str]


def run(
    home: Path,
    jars: Path,
    *,
    events: int,
    kills: int,
    seed: int,
    pause: float = 0.05,
    say: Callable[[str], None] = lambda said: None,
) -> Outcome:
    """Let two producers send at least `events` while `kills` kills happen, then look. Raises nothing of chaos."""
    chance, sent, stop = random.Random(seed), Sent(), threading.Event()
    began = time.monotonic()
    world = World(home, jars)
    with world.running():
        producers = _producers(world, sent, chance, events, stop, pause)
        for producer in producers:
            producer.start()
        done = _kill(world, chance, kills, sent, say)
        stop.set()
        for producer in producers:
            producer.join()
        say(f"{len(sent.ids):,} events sent, {world.exits} processes started again; waiting for the rest")
        _settle(world)
        engine = engine_as(embedded.ensure_running(home), Role.PIPELINE)
        try:
            wrong = violations(engine, DatabaseSettings(home=home), sent)
        finally:
            engine.dispose()
    return Outcome(len(sent.ids), len(sent.bad), done, time.monotonic() - began, wrong)


def _producers(
    world: World, sent: Sent, chance: random.Random, events: int, stop: threading.Event, pause: float
) -> list[threading.Thread]:
    def url() -> str:
        plain = make_url(embedded.ensure_running(world.home)).set(drivername="postgresql")
        return plain.render_as_string(hide_password=False)

    def seeded() -> random.Random:
        return random.Random(chance.getrandbits(64))

    half = (events + 1) // 2
    return [
        threading.Thread(target=to_outbox, args=(url, sent, seeded(), half, stop, pause)),
        threading.Thread(target=to_topic, args=(world.broker.bootstrap, sent, seeded(), half, stop, pause)),
    ]


def _kill(
    world: World, chance: random.Random, kills: int, sent: Sent, say: Callable[[str], None]
) -> Counter[str]:
    """Kill at random points, every target at least once where there are kills enough."""
    weights = [WEIGHTS.get(target, USUAL_WEIGHT) for target in TARGETS]
    wanted = [*TARGETS, *chance.choices(TARGETS, weights, k=max(0, kills - len(TARGETS)))][:kills]
    chance.shuffle(wanted)
    done: Counter[str] = Counter()
    for target in wanted:
        time.sleep(chance.uniform(0.2, 3.0))
        world.kill(target)
        done[target] += 1
        say(f"killed {target}; {len(sent.ids):,} events sent, {done.total()} of {kills} kills")
    return done


def _settle(world: World) -> None:
    """Let the processes end in good order, then relay and drain what is left by hand."""
    world.end_processes()
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        relayed, drained = world.command("relay", "--once"), world.command("drain")
        if relayed.returncode == 0 and drained.returncode == 0:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"relay or drain does not end well:\n{relayed.stderr}{drained.stdout}{drained.stderr}"
            )
