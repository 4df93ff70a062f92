# SPDX-License-Identifier: Apache-2.0
"""The Python stacks of workers, read from outside by monoceros-stacks: tests/apps/wsgi/stuck.py."""

import json
import os
import signal
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness import processes
from harness.server import APPS, BINARY
from harness.waiting import wait_until

PROGRAM = BINARY.parent / "monoceros-stacks"
APPLICATION = (APPS / "stuck.py").read_text().splitlines()
NOBODY = 65534
GTHREAD = ("--worker-class", "gthread", "--threads", "8")


def line_of(text: str) -> int:
    """The number of the application's line that has this text."""
    return next(number for number, line in enumerate(APPLICATION, 1) if text in line)


def run_program(server, pid: int, slot: int = 0, **options) -> dict:
    board = os.open(server.run_dir / "current" / "scoreboard", os.O_RDONLY)
    try:
        command = [PROGRAM, "--pid", str(pid), "--slot", str(slot), "--scoreboard-fd", str(board)]
        done = subprocess.run(
            command, pass_fds=[board], capture_output=True, text=True, timeout=10, **options
        )
    finally:
        os.close(board)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def dump(server, slot: int = 0) -> dict:
    """The stacks of a worker, by its master."""
    with server.control() as control:
        answer = control.ask("dump_stacks", slot=slot, last_timeout=False)
    assert answer.ok, answer
    return answer.result


def serving(stacks: dict) -> list[dict]:
    return [thread for thread in stacks["threads"] if thread["request"]]


def functions(thread: dict) -> list[str]:
    return [frame["function"] for frame in thread["frames"]]


def dump_until(server, condition) -> dict:
    """The first dump that the condition holds of: a thread is not always where it is mostly."""
    last = {}

    def holds():
        last.update(dump(server))
        return condition(last)

    wait_until(holds, f"the stacks expected, instead of {last}")
    return last


@pytest.fixture
def hang(serve, gates):
    """hang(*paths, ...): a server that runs these requests, which do not end before the test."""
    clients = []

    def start(*paths, arguments=(), **options):
        server = serve("stuck:application", *arguments, variables=gates.variables, **options)
        for number, path in enumerate(paths):
            mark = "&" if "?" in path else "?"
            clients.append(server.client())
            clients[-1].request(f"{path}{mark}id={number}")
            gates.wait_for("start", str(number))
        return server

    yield start
    gates.open()
    for client in clients:
        assert client.response().status == 200
        client.close()


def test_a_sleeping_worker(hang, worker_class):
    server = hang("/sleep", worker_class=worker_class)
    stacks = dump_until(server, lambda s: serving(s) and functions(serving(s)[0])[0] == "sleep")
    [pid] = server.workers()
    assert (stacks["slot"], stacks["pid"], stacks["source"]) == (0, pid, "outside")
    [thread] = serving(stacks)
    assert thread["request"] == "GET /sleep"
    assert 0 < thread["request_age"] < 60
    assert thread["state"] in ("running", "gil-holder")
    innermost = thread["frames"][0]
    assert innermost["file"].endswith("stuck.py")
    assert innermost["line"] == line_of("# asleep")
    assert functions(thread)[:2] == ["sleep", "application"]
    main = stacks["threads"][0]
    assert (main["name"], main["native_id"]) == ("MainThread", pid)
    if worker_class == "gthread":
        assert thread["name"].startswith("monoceros-thread-")
        assert [t["state"] for t in stacks["threads"][1:]].count("idle") == 3
    assert stacks["note"] == ""


def test_a_worker_in_c_that_keeps_the_gil(hang):
    server = hang("/c", "/sleep", worker_class="gthread")

    def in_c(stacks):
        threads = {thread["request"]: thread for thread in serving(stacks)}
        return (
            len(threads) == 2
            and threads["GET /c"]["state"] == "gil-holder"
            and threads["GET /c"]["frames"][0]["line"] == line_of("# in C")
            and threads["GET /sleep"]["state"] == "gil-wait"
            and functions(threads["GET /sleep"])[0] == "sleep"
        )

    stacks = dump_until(server, in_c)
    assert [t["state"] for t in stacks["threads"]].count("gil-holder") == 1


def test_a_worker_that_never_leaves_python(hang):
    server = hang("/loop")
    stacks = dump_until(server, lambda s: functions(serving(s)[0])[0] == "spin")
    [thread] = serving(stacks)
    assert thread["state"] == "gil-holder"
    first = line_of("def spin")
    assert first < thread["frames"][0]["line"] <= first + 4
    assert functions(thread)[:3] == ["spin", "loop", "application"]


def test_eight_threads_in_a_deep_recursion(hang):
    server = hang(*["/deep?depth=300"] * 8, arguments=GTHREAD)
    stacks = dump_until(server, lambda s: [functions(t)[0] for t in serving(s)] == ["sleep"] * 8)
    names = [thread["name"] for thread in stacks["threads"]]
    assert names == ["MainThread"] + [f"monoceros-thread-{n}" for n in range(8)]
    for thread in serving(stacks):
        assert functions(thread) == ["sleep"] + ["recurse"] * 255
        assert {frame["line"] for frame in thread["frames"][2:]} == {line_of("recurse(depth - 1)")}
    assert stacks["note"].count("only the innermost 256 frames") == 8


def test_a_stopped_worker(hang):
    server = hang("/sleep")
    [pid] = server.workers()
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: processes.stat(pid).state == "T", "the worker to be stopped")
        stacks = dump(server)
        assert "sleep" in functions(serving(stacks)[0])
        assert stacks["note"] == "the process is stopped by a signal"
    finally:
        os.kill(pid, signal.SIGCONT)


def test_an_idle_worker_has_its_main_thread(serve, worker_class):
    server = serve("hello:application", worker_class=worker_class)
    stacks = dump(server)
    assert serving(stacks) == []
    assert stacks["threads"][0]["name"] == "MainThread"
    assert stacks["threads"][0]["state"] == ("idle" if worker_class == "sync" else "other")
    assert functions(stacks["threads"][0])[-1] == "<module>"
    assert len(stacks["threads"]) == {"sync": 1, "gthread": 5}[worker_class]


def test_threads_of_the_application_are_there(serve, write_app):
    folder = write_app(
        """
import threading

from hello import application


def wait_for_ever():
    threading.Event().wait()


threading.Thread(target=wait_for_ever, daemon=True).start()
"""
    )
    server = serve("app:application", "--preload=off", apps=folder)
    stacks = dump_until(server, lambda s: len(s["threads"]) == 2)
    assert "wait_for_ever" in functions(stacks["threads"][1])
    assert stacks["threads"][1]["state"] == "other"


def test_serving_threads_have_names_for_ps(serve):
    server = serve("hello:application", worker_class="gthread")
    [pid] = server.workers()
    tasks = Path(f"/proc/{pid}/task").iterdir()
    names = {(task / "comm").read_text().strip() for task in tasks}
    assert {f"monoceros-th-{number}" for number in range(4)} <= names


# By hand.


def test_the_program_by_hand(hang):
    server = hang("/sleep")
    [pid] = server.workers()
    stacks = run_program(server, pid)
    if "ptrace_scope" in stacks["note"]:
        pytest.skip(stacks["note"])
    assert "sleep" in functions(serving(stacks)[0])


def test_a_process_that_is_not_in_the_slot_is_not_looked_at(serve):
    server = serve("hello:application")
    [pid] = server.workers()
    for other, slot in ((os.getpid(), 0), (pid, 1), (pid, 4_000_000)):
        stacks = run_program(server, other, slot)
        assert stacks["threads"] == []
        assert stacks["note"] == f"worker slot {slot} has no process {other}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_missing_permission_is_named(serve):
    server = serve("hello:application")
    [pid] = server.workers()
    try:
        stacks = run_program(server, pid, user=NOBODY, group=NOBODY, extra_groups=[])
    except PermissionError:
        pytest.skip("another user may not run the program where it lies")
    assert stacks["threads"] == []
    assert f"the memory of process {pid} may not be read" in stacks["note"]
    assert "CAP_SYS_PTRACE" in stacks["note"] or "ptrace_scope" in stacks["note"]


def test_wrong_arguments_are_refused():
    done = subprocess.run([PROGRAM, "--pid", "0"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    with open("/dev/null") as nothing:
        command = [PROGRAM, "--pid", "1", "--slot", "0", "--scoreboard-fd", str(nothing.fileno())]
        done = subprocess.run(
            command, pass_fds=[nothing.fileno()], capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert "scoreboard" in done.stderr


@contextmanager
def repeated(work):
    """Does `work` again and again in a thread of its own; raises here what it raised."""
    done = threading.Event()
    errors = []

    def run():
        try:
            while not done.is_set():
                work()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert errors == []


def test_a_worker_under_load_is_read_a_hundred_times(serve):
    server = serve("hello:application", worker_class="gthread")
    with repeated(lambda: server.get("/")), repeated(lambda: server.get("/")):
        for _ in range(100):
            stacks = dump(server)
            assert len(stacks["threads"]) == 5
            assert functions(stacks["threads"][0])[-1] == "<module>"
    server.assert_runs()
