# SPDX-License-Identifier: Apache-2.0
"""Programs of the cluster: started with a log file, watched, ended in reverse order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

END_SECONDS = 20.0


class Program:
    """One running program; its output is in `log`."""

    def __init__(self, name: str, command: list[str], logs: Path, environment: dict[str, str] | None = None):
        self.name = name
        self.log = logs / f"{name}.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | (environment or {}),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Waits for `ready`; a program that ends meanwhile is an error with its last lines."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} is not ready after {seconds:g} s:\n{self.tail()}")
            time.sleep(0.1)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Programs:
    """All that were started, and the folder of their logs."""

    def __init__(self, logs: Path):
        self.logs = logs
        logs.mkdir(parents=True, exist_ok=True)
        self.running: dict[str, Program] = {}

    def start(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> Program:
        program = Program(name, [str(word) for word in command], self.logs, environment)
        self.running[name] = program
        return program

    def stop(self, name: str) -> None:
        program = self.running.pop(name, None)
        if program is not None:
            program.stop()

    def stop_all(self) -> None:
        for name in reversed(list(self.running)):
            self.stop(name)
