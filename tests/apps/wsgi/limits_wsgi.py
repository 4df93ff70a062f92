# SPDX-License-Identifier: Apache-2.0
"""Requests that run until the test makes the file "gate" in the folder $GATES, each in its own way;
tests/apps/asgi/limits_asgi.py has the same. What a request saw is a line "EVENT PATH PID" of the journal.

/wait     sleeps again and again
/busy     Python code that never blocks
/sleep    one long sleep in C
/lock     waits for a lock that nobody gives back
/stream   the head and a piece of the body, then as /wait
/swallow  survives every exception
/brief    answers after a moment that is near the limit of the test
others    answer at once with the pid
"""

import os
import threading
import time
from pathlib import Path

FOLDER = Path(os.environ["GATES"])
PLAIN = ("Content-Type", "text/plain")


def note(event, name):
    journal = os.open(FOLDER / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(journal, f"{event} {name} {os.getpid()}\n".encode())
    os.close(journal)


def shut():
    return not (FOLDER / "gate").exists()


def wait():
    while shut():
        time.sleep(0.005)


def busy():
    while shut():
        pass


def sleep():
    time.sleep(600)


def lock():
    held = threading.Lock()
    held.acquire()
    held.acquire()


def swallow():
    while shut():
        try:
            wait()
        except BaseException:  # noqa: BLE001 - that is what it is for
            note("swallowed", "-")


def brief():
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        pass


VIEWS = {f"/{view.__name__}": view for view in (wait, busy, sleep, lock, swallow, brief)}


def stream():
    yield b"first"
    wait()
    yield b"second"


def application(environ, start_response):
    path = environ["PATH_INFO"]
    note("start", path)
    try:
        VIEWS.get(path, lambda: None)()
    except BaseException as error:
        note(type(error).__name__, path)
        raise
    start_response("200 OK", [PLAIN])
    return stream() if path == "/stream" else [b"%d" % os.getpid()]
