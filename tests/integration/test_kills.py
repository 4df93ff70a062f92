# SPDX-License-Identifier: Apache-2.0
"""SIGKILL of every kind of process at random moments, under load."""

import os
import random
import signal
import threading
import time
from collections import Counter

import pytest
from harness.client import Ended
from harness.waiting import wait_until

CLIENTS = 8
SEED = int(os.environ.get("MONOCEROS_TEST_SEED", "20"))


class Oracle:
    """What each request got, by its id: a status, or "lost" for an ended connection."""

    def __init__(self):
        self.outcomes: dict[str, object] = {}
        self.epochs: dict[str, tuple[int, int]] = {}

    def note(self, name: str, outcome: object, epochs: tuple[int, int]) -> None:
        self.outcomes[name] = outcome
        self.epochs[name] = epochs


class Load:
    """Clients that keep their connections and ask without a pause."""

    def __init__(self, server, oracle: Oracle):
        self.server, self.oracle = server, oracle
        self.router_kills = 0
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info):
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _run(self, client_number: int) -> None:
        request = 0
        while not self._done.is_set():
            try:
                with self.server.client() as client:
                    while not self._done.is_set():
                        request += 1
                        self._ask(client, f"{client_number}.{request}")
            except (Ended, OSError):
                continue

    def _ask(self, client, name: str) -> None:
        before = self.router_kills
        try:
            outcome: object = client.get(f"/nap?id={name}").status
        except (Ended, OSError):
            self.oracle.note(name, "lost", (before, self.router_kills))
            raise
        self.oracle.note(name, outcome, (before, self.router_kills))


def victim(server, kind: str) -> int | None:
    if kind == "router":
        return server.find_router()
    if kind == "template":
        return next(iter(server.templates()), None)
    return random.choice(server.workers() or [None])


def kill_at_random(server, gates, load, kind: str) -> bool:
    """True when a process of this kind was there to be killed."""
    time.sleep(random.uniform(0, 0.05))  # Any moment: no condition is waited for.
    pid = victim(server, kind)
    if pid is None:
        return False
    if kind == "router":
        load.router_kills += 1
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    done = len(load.oracle.outcomes)
    wait_until(lambda: len(load.oracle.outcomes) > done + 3 * CLIENTS, "the service to go on", 60)
    return True


def check(oracle: Oracle, gates, kills: Counter) -> None:
    started, ended = gates.count("start"), gates.count("end")
    assert max(started.values()) == 1, "a request ran twice"
    outcomes = Counter(oracle.outcomes.values())
    assert set(outcomes) <= {200, 502, "lost"}, outcomes
    for name, outcome in oracle.outcomes.items():
        if outcome == 200:
            assert ended[name] == 1, f"{name} got an answer that nobody gave"
        elif outcome == 502:
            assert started[name] <= 1
        else:
            before, after = oracle.epochs[name]
            assert kills["router"] and after >= before, f"{name} was lost"
    # One sync worker holds one request, a router those of all its connections. All workers are
    # busy all the time, so most kills must have hit one.
    assert outcomes[502] >= kills["worker"] // 4
    assert outcomes[502] <= kills["worker"]
    assert outcomes["lost"] <= kills["router"] * CLIENTS
    assert outcomes[200] > 10 * sum(kills.values())


def storm(server, gates, rounds: int) -> None:
    random.seed(SEED)
    oracle, kills = Oracle(), Counter()
    kinds = ["worker", "worker", "template", "router"]
    with Load(server, oracle) as load:
        wait_until(lambda: len(oracle.outcomes) > 50, "the first answers")
        for number in range(rounds):
            kind = kinds[number % len(kinds)]
            if kill_at_random(server, gates, load, kind):
                kills[kind] += 1
    server.wait_for_workers(4, deadline=60)
    assert server.get().status == 200
    assert kills["worker"] >= rounds // 4
    assert kills["router"] >= rounds // 8
    assert kills["template"] >= 1
    check(oracle, gates, kills)


@pytest.mark.timeout(900)
def test_only_what_the_killed_process_had_taken_fails_a_hundred_times(serve_gates, gates):
    # Workers that die again and again are started after growing pauses, up to 30 s.
    storm(serve_gates("--queue-timeout", "120", workers=4), gates, 100)


def test_the_killed_master_takes_all_others_with_it(serve_gates, gates):
    server = serve_gates(workers=2)
    with Load(server, Oracle()) as load:
        wait_until(lambda: len(load.oracle.outcomes) > 50, "the first answers")
        server.signal(signal.SIGKILL)
        server.process.wait()
        load._done.set()
    server.assert_nothing_left()


def test_stopped_workers_under_load_hold_only_what_they_took(serve_gates, gates):
    server = serve_gates("--timeout", "60", workers=4)
    oracle = Oracle()
    stopped = server.workers()[:2]
    with Load(server, oracle) as load:
        wait_until(lambda: len(oracle.outcomes) > 50, "the first answers")
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        done = len(oracle.outcomes)
        wait_until(lambda: len(oracle.outcomes) > done + 500, "the others to serve on")
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        done = len(oracle.outcomes)
        wait_until(lambda: len(oracle.outcomes) > done + 100, "all to serve on")
        assert load.router_kills == 0
    assert set(oracle.outcomes.values()) == {200}
    assert set(gates.count("start").values()) == {1}
