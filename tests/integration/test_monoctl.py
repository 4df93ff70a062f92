# SPDX-License-Identifier: Apache-2.0
"""monoctl against real servers and agents: every command, its exit status, and the live view."""

import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import termios
import time

import pyte
import pytest
from harness.load import KeepAliveLoad
from harness.server import BINARY
from harness.waiting import DEADLINE, wait_until

MONOCTL = BINARY.with_name("monoctl")
GTHREAD = ("--worker-class", "gthread", "--threads", "4")
REFUSED, USAGE, UNREACHABLE, NOT_ALLOWED, TIMED_OUT = 1, 2, 3, 4, 5


def monoctl(server, *words: str, **options) -> subprocess.CompletedProcess:
    where = ["--run-dir", str(server.run_dir)] if server else []
    return subprocess.run(
        [MONOCTL, *where, *words], capture_output=True, text=True, timeout=60, **options
    )


def done(server, *words: str) -> str:
    """What a command printed that must succeed."""
    result = monoctl(server, *words)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def server(serve):
    started = serve("sleepy:application", *GTHREAD, "--agent-bind", "127.0.0.1:0", agent=True, workers=2)
    wait_until(lambda: monoctl(started, "status").returncode == 0, "the agent")
    return started


def test_status_says_how_the_pool_is(server):
    server.get()
    text = done(server, "status")
    assert "State       ready" in text
    assert "gthread, 2 of 2 workers ready, 4 threads each" in text
    wait_until(lambda: "Since start 1 requests" in done(server, "status"), "the request to count")


def test_output_as_json_and_yaml_has_the_fields_of_the_protocol(server):
    status = json.loads(done(server, "-o", "json", "status"))
    assert status["workers_ready"] == 2
    assert [worker["slot"] for worker in status["workers"]] == [0, 1]
    assert 'worker_class: "gthread"' in done(server, "status", "-o", "yaml")


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (("scale", "3"), "3 workers (gthread) of 4 threads are ready"),
        (("scale", "1"), "1 worker"),
        (("threads", "7"), "2 workers (gthread) of 7 threads are ready"),
        (("class", "sync"), "2 workers (sync) are ready"),
        (("set", "timeout=61"), "are ready"),
        (("reload",), "are ready"),
        (("restart", "1"), "are ready"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_changes_reach_their_state_and_fail_no_request(server, words, result):
    with KeepAliveLoad(server) as load:
        changed = monoctl(server, *words)
        load.wait_for_more()
    assert changed.returncode == 0, changed.stderr
    assert result in changed.stdout
    assert load.problems == []


def test_config_says_where_each_value_comes_from(server):
    done(server, "set", "timeout=61")
    lines = {line.split()[0]: line.split() for line in done(server, "config").splitlines()}
    assert lines["timeout"][1] == "61"
    assert lines["timeout"][-1] == "yes"
    assert lines["threads"][1:4] == ["4", "command", "line"]
    assert "live" in lines["timeout"][2:]


def test_drain_ends_the_server(server):
    monoctl(server, "drain", "--graceful", "5")
    assert server.wait_for_exit() == 0


def test_stacks_show_what_a_thread_does(server):
    with server.client() as client:
        client.request("/slow?ms=3000")
        seen = wait_until(
            lambda: next(
                (text for slot in "01" if "GET /slow" in (text := done(server, "stacks", slot))), ""
            ),
            "a stack of the slow request",
        )
        assert "sleepy.py:" in seen
        assert client.response().status == 200


def test_watch_shows_a_line_for_each_look(server):
    watching = subprocess.Popen(
        [MONOCTL, "--run-dir", server.run_dir, "watch", "--interval", "0.1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = [watching.stdout.readline() for _ in range(4)]
    watching.send_signal(signal.SIGINT)
    watching.communicate()
    assert lines[0].startswith("TIME")
    assert all("ready" in line for line in lines[1:])


def test_wrong_input_changes_nothing_and_says_why(server):
    refused = monoctl(server, "set", "timeout=soon")
    assert refused.returncode == REFUSED
    assert "timeout" in refused.stderr
    assert monoctl(server, "class", "dancing").returncode == REFUSED
    assert monoctl(server, "restart", "40").returncode == REFUSED
    assert monoctl(server, "scale", "0").returncode == USAGE
    assert json.loads(done(server, "-o", "json", "status"))["live"]["revision"] == "0"


def test_a_dry_run_changes_nothing(server):
    assert monoctl(server, "scale", "5", "--dry-run").returncode == 0
    assert monoctl(server, "set", "--dry-run", "nonsense=1").returncode == REFUSED
    assert json.loads(done(server, "-o", "json", "status"))["workers_wanted"] == 2


def test_a_server_that_is_not_there_is_said(tmp_path):
    missing = monoctl(None, "--run-dir", str(tmp_path), "status")
    assert missing.returncode == UNREACHABLE
    assert str(tmp_path / "control.sock") in missing.stderr
    nowhere = monoctl(None, "--server", "127.0.0.1:9", "status")
    assert nowhere.returncode == UNREACHABLE
    assert "127.0.0.1:9" in nowhere.stderr


def test_a_stopped_agent_is_a_timeout(server):
    agent = server.find_agent()
    os.kill(agent, signal.SIGSTOP)
    try:
        assert monoctl(server, "--timeout", "0.5", "status").returncode == TIMED_OUT
    finally:
        os.kill(agent, signal.SIGCONT)


def test_a_run_directory_of_any_depth_is_reached_and_a_flag_beats_the_environment(server, tmp_path):
    deep = tmp_path / ("d" * 120)
    deep.symlink_to(server.run_dir)
    elsewhere = os.environ | {"MONOCTL_SERVER": "127.0.0.1:9"}
    reached = monoctl(None, "--run-dir", str(deep), "status", env=elsewhere)
    assert reached.returncode == 0, reached.stderr


def test_tokens_decide_who_may_look_and_who_may_change(serve, tmp_path):
    tokens = {name: tmp_path / name for name in ("read", "change")}
    for name, path in tokens.items():
        path.write_text(f"the {name} token\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    server = serve(
        "sleepy:application",
        *("--agent-bind", "127.0.0.1:0", "--control-bind", address),
        *("--control-read-token-file", str(tokens["read"])),
        *("--control-change-token-file", str(tokens["change"])),
        agent=True,
    )
    where = ("--server", address)

    def status(*words: str) -> int:
        return monoctl(None, *where, *words).returncode

    read, change = (("--token-file", str(tokens[name])) for name in ("read", "change"))
    wait_until(lambda: status(*read, "status") == 0, "the agent")
    assert status(*read, "scale", "2") == NOT_ALLOWED
    assert status(*change, "scale", "2") == 0
    server.wait_for_workers(2)


class Terminal:
    """monoctl top on a real pseudo-terminal; what a person sees of it."""

    def __init__(self, server, columns: int = 80, rows: int = 24):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            words = ["--run-dir", str(server.run_dir), "top", "--interval", "0.2"]
            os.execv(MONOCTL, ["monoctl", *words])
        self.resize(columns, rows)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def wait_for(self, text: str) -> list[str]:
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                self.stream.feed(os.read(self.fd, 65536))
            if any(text in line for line in self.screen.display):
                return list(self.screen.display)
        raise AssertionError(f"{text!r} never came:\n" + "\n".join(self.screen.display))


def test_top_ends_with_its_terminal_even_where_hanging_up_is_ignored(server):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup leaves it to its program
    try:
        top = Terminal(server)
    finally:
        signal.signal(signal.SIGHUP, before)
    top.wait_for("monoceros ready")
    os.close(top.fd)
    try:
        wait_until(lambda: os.waitpid(top.pid, os.WNOHANG)[0] == top.pid, "the end of monoctl")
    except AssertionError:
        os.kill(top.pid, signal.SIGKILL)
        os.waitpid(top.pid, 0)
        raise


def test_top_shows_workers_threads_and_requests(server):
    with server.client() as client, Terminal(server) as top:
        top.wait_for("monoceros ready")
        client.request("/slow?ms=4000")
        shown = top.wait_for("GET /slow")
        assert any("1/4" in line for line in shown)
        top.press("t")
        top.wait_for("thread 3")
        top.press("?")
        top.wait_for("restart the chosen worker")
        top.press("?")
        top.wait_for("GET /slow")
        assert client.response().status == 200


def test_top_changes_the_pool_and_shows_stacks(server):
    with Terminal(server) as top:
        top.wait_for("2/2 workers")
        top.press("+")
        top.wait_for("3/3 workers")
        server.wait_for_workers(3)
        top.press("s")
        top.wait_for("Worker slot 0")
        top.press("q")
        old = server.workers()
        top.press("k")
        top.wait_for("Restart the worker in slot 0?")
        top.press("y")
        top.wait_for("are ready")
        assert set(server.wait_for_workers(3)) != set(old)


def test_top_follows_the_size_of_the_terminal(server):
    with Terminal(server) as top:
        top.wait_for("SLOT")
        top.resize(40, 10)
        os.kill(top.pid, signal.SIGWINCH)
        top.press("t")
        top.wait_for("monoceros ready")


def test_top_leaves_at_once_though_the_agent_hangs(server):
    agent = server.find_agent()
    with Terminal(server) as top:
        top.wait_for("SLOT")
        os.kill(agent, signal.SIGSTOP)
        try:
            top.press("q")
            wait_until(lambda: os.waitpid(top.pid, os.WNOHANG)[0], "top to leave")
        finally:
            os.kill(agent, signal.SIGCONT)
        top.pid = os.spawnlp(os.P_NOWAIT, "true", "true")


def test_top_leaves_the_terminal_as_it_was_and_without_one_prints_a_frame(server):
    with Terminal(server) as top:
        top.wait_for("SLOT")
        top.press("q")
        assert os.WEXITSTATUS(os.waitpid(top.pid, 0)[1]) == 0
        top.pid = os.spawnlp(os.P_NOWAIT, "true", "true")
    frame = monoctl(server, "top", "--interval", "0.1")
    assert frame.returncode == 0
    assert "this is one frame" in frame.stderr
    assert "thread 3" in frame.stdout
