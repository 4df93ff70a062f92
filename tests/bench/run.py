# SPDX-License-Identifier: Apache-2.0
"""Compares Monoceros with its peers. A measurement, never a test.

BENCH_SECONDS  length of one measurement (5)
BENCH_ROUNDS   how often all servers take their turn (3)
BENCH_ONLY     names of scenarios and servers, by commas

A run with all servers and at least as long as by default writes its scenarios into the documentation
and leaves the others there as they are; any other run writes to build/bench/.
"""

import datetime
import os
import platform
import resource
import signal
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

import generators
import loop_scenarios
import wsgi_scenarios
from measuring import Scenario
from peers import available
from servers import TOP, Server, running
from tables import page, read_json, write_json, write_markdown

SCENARIOS = wsgi_scenarios.SCENARIOS + loop_scenarios.SCENARIOS
SCRATCH = TOP / "build" / "bench"
FULL_SECONDS = 5.0
FULL_ROUNDS = 3
CHOOSING_SECONDS = 2.0


@dataclass
class Row:
    """What one server did in one scenario, round by round."""

    server: Server
    rounds: list[dict] = field(default_factory=list)
    failure: str | None = None
    tried: list[dict] = field(default_factory=list)

    def as_json(self, workers: int) -> dict:
        shown = {
            "server": self.server.name,
            "version": self.server.version,
            "parser": self.server.parser,
            "options": self.server.shown_options(workers),
            "note": self.server.note,
            "tried": self.tried,
            "rounds": self.rounds,
        }
        if not self.rounds:
            return shown | {"failure": self.failure or "not measured"}
        return shown | {"median": medians(self.rounds)}


def medians(rounds: list[dict]) -> dict:
    return {
        name: statistics.median(values)
        for name in rounds[0]
        if None not in (values := [measured[name] for measured in rounds])
    }


def say(text: str) -> None:
    print(text, flush=True)


def measure(scenario: Scenario, server: Server, seconds: float) -> dict:
    log = SCRATCH / "server.log"
    with running(server, scenario.app, scenario.workers, log) as (pid, url):
        return scenario.measure(pid, url, seconds)


def choose(scenario: Scenario, server: Server, seconds: float) -> Row:
    """The server with the options that are best for this scenario, all having had a short turn."""
    values, tried = {}, []
    for choice in server.choices:
        try:
            value = measure(scenario, server.chosen(choice), seconds)[scenario.key]
        except RuntimeError as error:
            say(f"    {server.name} {' '.join(choice)}: {error}")
            continue
        values[choice] = value
        tried.append({"options": " ".join(choice), scenario.key: value})
        say(f"    {server.name} {' '.join(choice)}: {scenario.key} {value:,.2f}")
    if not values:
        return Row(server, failure="did not run")
    best = (max if scenario.higher_is_better else min)(values, key=values.get)
    return Row(server.chosen(best), tried=tried)


def run_scenario(scenario: Scenario, servers: list[Server], seconds: float, rounds: int) -> dict:
    say(f"{scenario.name}: {scenario.title}")
    rows = []
    for server in scenario.of(servers):
        if server.choices:
            rows.append(choose(scenario, server, min(seconds, CHOOSING_SECONDS)))
        else:
            rows.append(Row(server))
    for turn in range(1, rounds + 1):
        for row in rows:
            take_turn(scenario, row, seconds, f"{turn}/{rounds}")
    return {
        "name": scenario.name,
        "title": scenario.title,
        "aim": scenario.aim,
        "workers": scenario.workers,
        "columns": scenario.columns,
        "rows": [row.as_json(scenario.workers) for row in rows],
    }


def take_turn(scenario: Scenario, row: Row, seconds: float, turn: str) -> None:
    if row.failure:
        return
    try:
        measured = measure(scenario, row.server, seconds)
    except RuntimeError as error:
        row.failure = "did not run"
        say(f"  {turn} {row.server.name}: {error}")
        return
    row.rounds.append(measured)
    shown = ", ".join(
        f"{name} {measured[name]:,.2f}"
        for name in scenario.columns
        if measured.get(name) is not None
    )
    say(f"  {turn} {row.server.name}: {shown}")


def allow_many_descriptors() -> None:
    """As many as may be had, for the idle connections; the servers inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def environment(seconds: float, rounds: int) -> dict:
    return {
        "date": datetime.date.today().isoformat(),
        "seconds": seconds,
        "rounds": rounds,
        "cpus": len(os.sched_getaffinity(0)),
        "cpu_model": cpu_model(),
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
    }


def chosen(only: set[str], servers: list[Server]) -> tuple[list[Scenario], list[Server]]:
    """What BENCH_ONLY leaves; a kind of which it names none stays whole."""
    scenarios = [scenario for scenario in SCENARIOS if scenario.name in only] or SCENARIOS
    named = [server for server in servers if {server.name, server.name.split()[0]} & only]
    known = {scenario.name for scenario in SCENARIOS}
    known |= {name for server in servers for name in (server.name, server.name.split()[0])}
    if unknown := only - known:
        sys.exit(f"BENCH_ONLY: unknown: {', '.join(sorted(unknown))}")
    return scenarios, named or servers


def main() -> None:
    seconds = float(os.environ.get("BENCH_SECONDS", FULL_SECONDS))
    rounds = int(os.environ.get("BENCH_ROUNDS", FULL_ROUNDS))
    only = {name.strip() for name in os.environ.get("BENCH_ONLY", "").split(",") if name.strip()}
    SCRATCH.mkdir(parents=True, exist_ok=True)
    allow_many_descriptors()
    # As an exception, so that the server that runs is stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    servers, missing = available()
    for reason in missing:
        say(f"left out: {reason}")
    everyone = len(servers)
    scenarios, servers = chosen(only, servers)
    for server in servers:
        say(f"{server.name} {server.version}; parser: {server.parser}")
    scenarios = [scenario for scenario in scenarios if scenario.of(servers)]
    if any(scenario.app is wsgi_scenarios.SHOP_APP for scenario in scenarios):
        wsgi_scenarios.prepare_shop()
    if {"stand-in", "asgi", "gevent"} & {kind for each in scenarios for kind in each.kinds}:
        generators.build("loop_stand_in", "websocket_load", "paced_load")
    where = environment(seconds, rounds)
    measured = [run_scenario(each, servers, seconds, rounds) for each in scenarios]
    full = len(servers) == everyone and seconds >= FULL_SECONDS and rounds >= FULL_ROUNDS
    scenarios = [each | {"environment": where} for each in measured]
    publish({"missing": missing, "scenarios": scenarios}, full and not missing)


def publish(results: dict, full: bool) -> None:
    say("\n".join(page(results)))
    folder = TOP / "docs" if full else SCRATCH
    if full:
        results = renewed(read_json(folder / "benchmarks.json"), results)
    write_json(folder / "benchmarks.json", results)
    write_markdown(folder / "benchmarks.md", results)
    say(f"written: {(folder / 'benchmarks.md').relative_to(TOP)}, benchmarks.json")


def renewed(old: dict, new: dict) -> dict:
    """What is documented, with what was measured anew in place of what was there."""
    by_name = {each["name"]: each for each in old["scenarios"] + new["scenarios"]}
    order = [scenario.name for scenario in SCENARIOS]
    return new | {"scenarios": [by_name[name] for name in order if name in by_name]}


if __name__ == "__main__":
    main()
