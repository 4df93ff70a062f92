# SPDX-License-Identifier: Apache-2.0
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from signal import SIGKILL, SIGTERM

from harness import processes, scoreboard
from harness.client import Client, Response
from harness.control import Control
from harness.waiting import DEADLINE, wait_until

TOP = Path(__file__).resolve().parents[3]
APPS = TOP / "tests" / "apps" / "wsgi"
BINARY = Path(os.environ.get("MONOCEROS_BIN", TOP / "build" / "bin" / "monoceros"))
PYTHON = (
    os.environ.get("MONOCEROS_TEST_PYTHON") or os.environ.get("MONOCEROS_PYTHON") or sys.executable
)
# What would change the settings of the server under test.
SHARED_VARIABLES = ("WEB_CONCURRENCY", "PORT", "SENDFILE", "GUNICORN_CMD_ARGS", "VIRTUAL_ENV")
LISTENING = re.compile(r"Listening at: ([^\n\"]*) \(\d+\)")
OWN_CRASH = re.compile(r"(?:Router|template) \(pid:\d+\) was killed by SIG(?:SEGV|ABRT|BUS|FPE|ILL)")
TCP_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


def environment(folder: Path, extra: dict[str, str]) -> dict[str, str]:
    """The environment of the tests, without what would configure the server."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MONOCEROS_") and name not in SHARED_VARIABLES
    }
    own = {"TMPDIR": str(folder / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
    return inherited | own | extra


def run(folder: Path, *arguments: str, timeout: float = DEADLINE, **variables: str):
    """Runs the server program to its end, as for --print-config."""
    (folder / "tmp").mkdir(exist_ok=True)
    return subprocess.run(
        [str(BINARY), *arguments],
        cwd=folder,
        env=environment(folder, variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


class Server:
    """One running server in a session of its own. `folder` is its working directory; what it writes
    is in `out` and `err` there."""

    def __init__(
        self,
        folder: Path,
        application: str | None,
        arguments: Sequence[str] = (),
        *,
        apps: Path = APPS,
        variables: dict[str, str] | None = None,
        prefix: Sequence[str] = (),
        stdout: int | None = None,
        limits: Callable[[], None] | None = None,
        access_log: bool = True,
        agent: bool = False,
    ):
        self.folder = folder
        self.tmp = folder / "tmp"
        self.tmp.mkdir(exist_ok=True)
        self.address: tuple[str, int] | str | None = None
        self._scoreboard: scoreboard.Scoreboard | None = None
        self.access_path = folder / "access.log"
        command = [*prefix, str(BINARY), "--python", PYTHON, "--log-level", "debug"]
        command += ["--chdir", str(apps), "--pythonpath", str(APPS)]
        if not any(a in ("-b", "--bind") for a in arguments):
            command += ["--bind", "127.0.0.1:0"]
        given = [Path(arguments[i + 1]) for i, a in enumerate(arguments) if a == "--run-dir"]
        self.run_dir = given[0] if given else folder / "run"
        if not given:
            command += ["--run-dir", str(self.run_dir)]
        if not agent:
            command += ["--no-agent"]
        if access_log:
            command += ["--access-logfile", str(self.access_path)]
        command += [*arguments, *([application] if application else [])]
        with (folder / "out").open("ab") as out, (folder / "err").open("ab") as err:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment(folder, variables or {}),
                stdin=subprocess.DEVNULL,
                stdout=out if stdout is None else stdout,
                stderr=err,
                start_new_session=True,
                preexec_fn=limits,
            )
        self.session = self.process.pid

    # What it said.

    @property
    def log(self) -> str:
        return (self.folder / "err").read_text(errors="replace")

    @property
    def output(self) -> str:
        return (self.folder / "out").read_text(errors="replace")

    @property
    def access(self) -> list[str]:
        if not self.access_path.exists():
            return []
        return self.access_path.read_text(errors="replace").splitlines()

    def wait_for_log(self, text: str, times: int = 1, deadline: float = DEADLINE) -> str:
        def said() -> bool:
            return self.log.count(text) >= times

        try:
            wait_until(said, f"{text!r} in the log ({times} times)", deadline)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.tail()}") from None
        return self.log

    def wait_for_access(self, text: str, deadline: float = DEADLINE) -> str:
        def found() -> str | None:
            return next((line for line in self.access if text in line), None)

        return wait_until(found, f"{text!r} in the access log", deadline)

    def tail(self) -> str:
        return "the error log ends with:\n" + "\n".join(self.log.splitlines()[-30:])

    # Its processes.

    @property
    def master(self) -> int:
        return self.process.pid

    def children(self) -> list[int]:
        return [pid for pid in processes.children(self.master) if processes.lives(pid)]

    def find_agent(self) -> int | None:
        for pid in self.children():
            if "monoceros-agent" in "".join(processes.command_line(pid)[:1]):
                return pid
        return None

    def find_router(self) -> int | None:
        for pid in self.children():
            if processes.command_line(pid)[:1] == ["monoceros: router"]:
                return pid
        return None

    @property
    def router(self) -> int:
        return wait_until(self.find_router, "a router process")

    @property
    def scoreboard(self) -> scoreboard.Scoreboard:
        if self._scoreboard is None:
            self._scoreboard = wait_until(
                lambda: scoreboard.find(self.master), "a scoreboard of the master"
            )
        return self._scoreboard

    def workers(self, *states: str) -> list[int]:
        """The pids of the workers in these states (ready)."""
        wanted = states or ("ready",)
        rows = self.scoreboard.workers()
        return [row.pid for row in rows if row.state in wanted and processes.lives(row.pid)]

    def templates(self) -> list[int]:
        known = {row.pid for row in self.scoreboard.workers()} | {self.find_router()}
        return [pid for pid in self.children() if pid not in known and self._is_python(pid)]

    @staticmethod
    def _is_python(pid: int) -> bool:
        return "python" in "".join(processes.command_line(pid)[:1])

    @property
    def template(self) -> int:
        """The only template, once it is the only one."""
        return wait_until(
            lambda: found[0] if len(found := self.templates()) == 1 else None, "one template"
        )

    def wait_for_workers(self, count: int, deadline: float = DEADLINE) -> list[int]:
        """Until exactly `count` workers are ready, none is in another state, and the master has counted
        those that ended."""

        def converged() -> list[int]:
            self.assert_runs()
            pids = self.workers()
            known = [row for row in self.scoreboard.workers() if row.state in scoreboard.ALIVE]
            return pids if len(pids) == count == len(known) else []

        try:
            return wait_until(converged, f"{count} ready workers", deadline)
        except AssertionError as error:
            rows = "\n".join(map(str, self.scoreboard.workers()))
            raise AssertionError(f"{error}\n{rows}\n{self.tail()}") from None

    def wait_for_other_workers(self, count: int, old: set[int]) -> list[int]:
        """The same, and none of them is one of `old`: a rolling replacement is over."""

        def replaced() -> list[int]:
            pids = self.wait_for_workers(count)
            return pids if not old & set(pids) else []

        return wait_until(replaced, f"{count} workers in place of {old}")

    # Talking to it.

    def wait_for_socket(self, deadline: float = DEADLINE) -> "Server":
        def listening():
            self.assert_runs()
            return LISTENING.search(self.log)

        text = wait_until(listening, "the line 'Listening at'", deadline)[1].split(", ")[0]
        tcp = TCP_ADDRESS.fullmatch(text)
        self.address = ("127.0.0.1", int(tcp[1])) if tcp else text.removeprefix("unix:")
        return self

    def wait_ready(self, workers: int, deadline: float = 60.0) -> "Server":
        self.wait_for_socket(deadline)
        self.wait_for_workers(workers, deadline)
        return self

    def assert_runs(self) -> None:
        status = self.process.poll()
        assert status is None, f"the server left with status {status}\n{self.tail()}"

    def client(self, **options) -> Client:
        return Client(self.address, **options)

    def get(self, target: str = "/", **options) -> Response:
        """One exchange on a connection of its own."""
        with self.client() as client:
            return client.get(target, **options)

    # Ending it.

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait_for_exit(self, deadline: float = DEADLINE) -> int:
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"no exit within {deadline:g} s\n{self.tail()}") from None

    def stop(self, number: int = SIGTERM, deadline: float = 40.0) -> None:
        """Stops it; asserts that it leaves with status 0 and leaves nothing behind."""
        self.signal(number)
        status = self.wait_for_exit(deadline)
        assert status == 0, f"exit status {status}\n{self.tail()}"
        self.assert_nothing_left()

    def assert_nothing_left(self) -> None:
        def left() -> list[processes.Stat]:
            return [p for p in processes.of_session(self.session) if p.state != "Z"]

        wait_until(lambda: not left(), f"all processes gone, left: {left()}")
        assert OWN_CRASH.search(self.log) is None, self.tail()
        own = self.folder / "run"
        if self.process.poll() == 0 and own.exists():
            left_files = {path.name for path in own.iterdir()} - {"live.json"}
            assert not left_files, f"the run directory has {left_files}"
        if isinstance(self.address, str):
            assert not os.path.exists(self.address), "the Unix socket was left"
        elif self.address is not None:
            with socket.socket() as probe:
                assert probe.connect_ex(self.address) != 0, "somebody still listens"

    def control(self, **options) -> Control:
        """A connection to its master.sock."""
        return Control(self.run_dir / "current" / "master.sock", **options)

    def kill(self) -> None:
        """Ends all that is left, whatever state it is in."""
        for process in processes.of_session(self.session):
            try:
                os.kill(process.pid, SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
