# SPDX-License-Identifier: Apache-2.0
"""Server and agent as two containers of a pod: the same uid, which is nobody's, PID namespaces and
mounts of their own, a read-only root file system, and one shared volume with the run directory."""

import functools
import http.client
import os
import re
import signal
import socket
import stat
import subprocess
import threading
from pathlib import Path

import grpc
import pytest
from harness import processes
from harness.agent import AGENT, Stub
from harness.client import Client, Ended
from harness.server import APPS, BINARY, LISTENING, PYTHON
from harness.waiting import DEADLINE, wait_until

UID = 10001
# The volume appears as /mnt, as nothing else that is shared is writable.
AS_NOBODY = ["setpriv", "--reuid", str(UID), "--regid", str(UID), "--clear-groups",
             "--no-new-privs", "--inh-caps=-all"]  # fmt: skip
CONTAINER = """
mount --bind "$1" /mnt
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -o remount,bind,ro /
shift
cd /
exec "$@"
"""
UNSHARE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def contained(volume, command) -> list[str]:
    """The command that runs `command` in a container."""
    return [*UNSHARE, "sh", "-ec", CONTAINER, "sh", str(volume),
            *AS_NOBODY, *map(str, command)]  # fmt: skip


@functools.cache
def interpreter() -> str | None:
    """The tests' Python, or the same version of the system's where others may not run that."""
    version = subprocess.run([PYTHON, "-V"], capture_output=True, check=True).stdout[:11]
    for path in (PYTHON, "/usr/bin/python3"):
        tried = ["sh", "-c", f"exec {path} -V"]  # by a process that has no right left
        shown = subprocess.run([*AS_NOBODY, *tried], capture_output=True, check=False)
        if shown.returncode == 0 and shown.stdout[:11] == version:
            return path
    return None


def can_contain() -> bool:
    """Where not all may read the checkout, or it lies in what the container has of its own, no."""
    package = Path(BINARY).parent.parent / "python" / "monoceros" / "_template.py"
    readable = ["sh", "-c", f"test -r '{package}'"]
    probe = subprocess.run(contained("/var", readable), capture_output=True, check=False)
    return probe.returncode == 0 and interpreter() is not None


pytestmark = pytest.mark.skipif(
    not can_contain(),
    reason="needs root, unshare with mounts, and a checkout and a Python that all may read",
)


class Container:
    """A running program. `log` is all it wrote."""

    def __init__(self, name, folder, volume, command):
        self.path = folder / f"{name}.log"
        self._log_begin = self.path.stat().st_size if self.path.exists() else 0
        self.volume = volume
        with self.path.open("ab") as log:
            self.process = subprocess.Popen(
                contained(volume, command),
                env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            self.pid = wait_until(self._first, f"the first process of {name}")
            self._wait_until_started()
        except BaseException:
            self.end()
            raise

    def _first(self) -> int | None:
        """Process 1 of its namespace, as we know it."""
        assert self.process.poll() is None, self.log
        for pid in processes.children(self.process.pid):
            if processes.command_line(pid)[:1] == [str(self._program())]:
                return pid
        return None

    def _program(self):
        raise NotImplementedError

    def _wait_until_started(self) -> None:
        pass

    @property
    def log(self) -> str:
        """Of this container, not of the one of that name before it."""
        return self.path.read_bytes()[self._log_begin :].decode(errors="replace")

    def wait_for_log(self, text: str, times: int = 1) -> None:
        wait_until(lambda: self.log.count(text) >= times, f"{text!r}: {self.log}")

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self) -> int:
        return self.process.wait(DEADLINE)

    def end(self) -> None:
        # With the first process of a PID namespace all others in it end.
        if self.process.poll() is None:
            for pid in processes.children(self.process.pid):
                os.kill(pid, signal.SIGKILL)
            self.process.wait(DEADLINE)


class ServerContainer(Container):
    def __init__(self, folder, volume, *arguments):
        super().__init__("server", folder, volume, [
            BINARY, "--no-agent", "--run-dir", "/mnt/pool", "--bind", "127.0.0.1:0",
            "--python", interpreter(), "--pythonpath", APPS, "--keep-alive", "60", *arguments,
            "echo:application",
        ])  # fmt: skip

    def _wait_until_started(self) -> None:
        def listening() -> list[str]:
            assert self.process.poll() is None, self.log
            return LISTENING.findall(self.log)

        address = wait_until(listening, f"the line 'Listening at': {self.log}")[0]
        self.address = ("127.0.0.1", int(address.rsplit(":", 1)[1]))

    def _program(self):
        return BINARY


class AgentContainer(Container):
    def __init__(self, folder, volume, *arguments):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        super().__init__("agent", folder, volume, [
            AGENT, "--run-dir", "/mnt/pool", "--agent-bind", f"127.0.0.1:{self.port}",
            "--control-bind", "127.0.0.1:0", *arguments,
        ])  # fmt: skip

    def _program(self):
        return AGENT

    def metrics(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()
        except OSError as error:
            return str(error)
        finally:
            connection.close()

    def control(self) -> Stub:
        port = wait_until(lambda: re.search(r"\(port (\d+)\)", self.log), "the control port")[1]
        return Stub(grpc.insecure_channel(f"127.0.0.1:{port}"))

    def ready_workers(self) -> int:
        """As its metrics say; -1: they say nothing."""
        found = re.search(r'^monoceros_workers\{.*state="ready".*\} (\d+)', self.metrics(), re.M)
        return int(found[1]) if found else -1

    def wait_for_workers(self, count: int) -> None:
        wait_until(lambda: self.ready_workers() == count, f"{count} workers: {self.log}")


class Load:
    """Requests by connections of their own, also large ones, which are spooled."""

    def __init__(self, address):
        self.address = address
        self.problems: list[object] = []
        self.asked = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._done.is_set():
            try:
                with Client(self.address) as client:
                    body = b"x" * (3 << 20 if self.asked % 20 == 0 else 100)
                    response = client.get("/", method="POST", body=body)
                    if response.status != 200:
                        self.problems.append(response)
            except (OSError, Ended) as error:
                self.problems.append(error)
            self.asked += 1

    def wait_for_more(self, count: int = 40) -> None:
        before = self.asked
        wait_until(lambda: self.asked > before + count, "more answers")

    def __enter__(self) -> "Load":
        self._thread.start()
        self.wait_for_more()
        return self

    def __exit__(self, *exc_info) -> None:
        self._done.set()
        self._thread.join()


@pytest.fixture
def volume(tmp_path):
    """As an emptyDir with fsGroup is."""
    path = tmp_path / "volume"
    path.mkdir()
    os.chown(path, 0, UID)
    path.chmod(0o2777)
    return path


@pytest.fixture
def pod(tmp_path, volume):
    """pod(kind, *arguments) starts a container of this pod."""
    containers: list[Container] = []

    def start(kind, *arguments):
        containers.append(kind(tmp_path, volume, *arguments))
        return containers[-1]

    yield start
    for container in containers:
        container.end()


def assert_modes(volume) -> None:
    pool = (volume / "pool").stat()
    assert stat.filemode(pool.st_mode) == "drwxrws---"
    assert (pool.st_uid, pool.st_gid) == (UID, UID)


def assert_content(log: str) -> None:
    for complaint in ("Read-only file system", "Permission denied", "Traceback", "[ERROR]"):
        assert complaint not in log, log


@pytest.mark.parametrize("first", ["agent", "server"])
def test_whoever_comes_first_makes_the_run_directory(pod, volume, first):
    if first == "agent":
        agent = pod(AgentContainer)
        agent.wait_for_log("Waiting for a server")
        assert_modes(volume)
        server = pod(ServerContainer)
    else:
        server = pod(ServerContainer)
        assert_modes(volume)
        agent = pod(AgentContainer)
    agent.wait_for_workers(1)
    assert_modes(volume)
    with agent.control() as control:
        assert control.Apply(workers=2).live_revision == 1
    agent.wait_for_workers(2)
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert_content(server.log)
    assert_content(agent.log)
    # The agent waits for the next server; what is kept for it is the wanted state.
    left = sorted(path.name for path in (volume / "pool").iterdir())
    assert left == ["control.sock", "live.json"]


def test_no_request_needs_the_agent(pod):
    agent = pod(AgentContainer)
    server = pod(ServerContainer, "--workers", "2")
    agent.wait_for_workers(2)
    with Load(server.address) as load:
        agent.signal(signal.SIGSTOP)
        load.wait_for_more()
        agent.signal(signal.SIGCONT)
        agent.signal(signal.SIGKILL)
        agent.wait()
        load.wait_for_more()
        agent = pod(AgentContainer)
        agent.wait_for_workers(2)
        with agent.control() as control:
            assert control.Apply(workers=3).live_revision == 1
        load.wait_for_more()
    assert load.problems == []
    assert_content(server.log)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_restarted_in_place_is_followed(pod, volume, how):
    agent = pod(AgentContainer)
    server = pod(ServerContainer)
    agent.wait_for_workers(1)
    with agent.control() as control:
        assert control.Apply(workers=2, live_revision=7).live_revision == 7
        server.signal(how)
        server.wait()
        killed = how == signal.SIGKILL
        # A killed one leaves everything behind: only the free lock says that it is gone.
        assert (volume / "pool" / "lock").exists() == killed
        assert (volume / "pool" / "gen-1").exists() == killed
        server = pod(ServerContainer)
        agent.wait_for_workers(2)
        assert control.Apply(workers=1, live_revision=8).live_revision == 8
    agent.wait_for_workers(1)
    generations = [path.name for path in (volume / "pool").glob("gen-*")]
    assert generations == ["gen-2" if killed else "gen-1"]
    with Load(server.address) as load:
        load.wait_for_more()
    assert load.problems == []
    assert agent.process.poll() is None
    assert_content(server.log)


def test_two_servers_do_not_share_a_run_directory(pod, volume):
    server = pod(ServerContainer)
    with pytest.raises(AssertionError, match="another server runs in /mnt/pool"):
        pod(ServerContainer)
    assert server.process.poll() is None
    with Client(server.address) as client:
        assert client.get("/").status == 200
