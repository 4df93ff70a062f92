# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of the tests' own, and who is connected to it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from harness import processes
from harness.waiting import wait_until

OWNER = "postgres"
ESTABLISHED = "01"  # in /proc/net/tcp


def programs_folder() -> Path | None:
    """Debian keeps the programs of each version apart; the newest."""
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    versions = sorted((path.parent for path in found), key=lambda path: float(path.parent.name))
    return versions[-1] if versions else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Backend:
    """One connection, as pg_stat_activity shows it. The start tells apart what had the same pid."""

    pid: int
    start: object
    port: int  # the client's


class Postgres:
    """One cluster on 127.0.0.1. It refuses to run as root, so root starts it as postgres."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="monoceros-postgres-"))
        self.port = free_port()
        self._owner = {}
        if os.geteuid() == 0:
            shutil.chown(self.folder, OWNER, OWNER)
            self._owner = {"user": OWNER, "group": OWNER, "extra_groups": []}
        self.process: subprocess.Popen | None = None
        self._observer = None

    def start(self) -> "Postgres":
        programs, data = programs_folder(), self.folder / "data"
        initdb = [programs / "initdb", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        self._run(*initdb, f"--username={OWNER}", "-D", data)
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    programs / "postgres", "-D", data, "-p", str(self.port),
                    "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                    "-c", "fsync=off", "-c", "max_connections=100",
                ],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._owner,
            )  # fmt: skip
        self._observer = wait_until(self._connect, "PostgreSQL")
        self._observer.execute("CREATE DATABASE shop")
        return self

    def _run(self, *command) -> None:
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, **self._owner
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _connect(self):
        import psycopg

        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            return psycopg.connect(self._address("postgres"), autocommit=True)
        except psycopg.OperationalError:
            return None

    def _address(self, database: str) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """An immediate shutdown: nothing of it is to be kept."""
        if self._observer is not None:
            self._observer.close()
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, application_name: str, **options) -> str:
        """For SHOP_DATABASE_URL."""
        query = urlencode({"application_name": application_name} | options)
        return f"{self._address('shop')}?{query}"

    def backends(self, application_name: str) -> set[Backend]:
        """The connections with this name, idle ones too."""
        rows = self._observer.execute(
            "SELECT pid, backend_start, client_port FROM pg_stat_activity"
            " WHERE application_name = %s",
            [application_name],
        )
        return {Backend(*row) for row in rows}

    def terminate(self, application_name: str) -> None:
        """Ends the connections with this name, as a restart of PostgreSQL does."""
        self._observer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            [application_name],
        )


def sockets_to(port: int) -> dict[int, str]:
    """The inode of each TCP socket on this machine that is connected to `port`, and has not been
    closed, by its own port."""
    found = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        local, remote, state, inode = fields[1], fields[2], fields[3], fields[9]
        if state == ESTABLISHED and int(remote.partition(":")[2], 16) == port:
            found[int(local.partition(":")[2], 16)] = f"socket:[{inode}]"
    return found


class Watch:
    """Looks all the time at who is connected under one name, and which processes of a server have the
    socket. `most` is the greatest number of connections that were open at once; a backend whose client
    has left does not count. Use as a context manager."""

    def __init__(self, postgres: Postgres, name: str, server):
        self.postgres, self.name, self.server = postgres, name, server
        self.most = 0
        self.holders: dict[Backend, set[int]] = defaultdict(set)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look_on)
        self._problem: BaseException | None = None

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *exc_info) -> None:
        self._done.set()
        self._thread.join()
        if self._problem is not None:
            raise self._problem

    def _look_on(self) -> None:
        try:
            while not self._done.wait(0.03):
                self.look()
        except BaseException as problem:  # noqa: BLE001 - raised again by __exit__
            self._problem = problem

    def look(self) -> dict[Backend, set[int]]:
        """Each connection now, and the processes of the server that have it open."""
        backends = self.postgres.backends(self.name)
        names = sockets_to(self.postgres.port)
        self.most = max(self.most, sum(1 for one in backends if one.port in names))
        open_in = sockets_of(self.server.session) if backends else {}
        now = {one: open_in.get(names.get(one.port), set()) for one in backends}
        for backend, pids in now.items():
            self.holders[backend] |= pids
        return now

    @property
    def shared(self) -> dict[Backend, set[int]]:
        """Connections that were ever open in two processes."""
        return {backend: pids for backend, pids in self.holders.items() if len(pids) > 1}


def sockets_of(session: int) -> dict[str, set[int]]:
    """Which processes of the session have each socket open."""
    found = defaultdict(set)
    for process in processes.of_session(session):
        try:
            for target in processes.open_files(process.pid).values():
                if target.startswith("socket:"):
                    found[target].add(process.pid)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found
