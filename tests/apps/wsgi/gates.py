# SPDX-License-Identifier: Apache-2.0
"""Requests that stop where the test tells them to, and a journal of what ran.

The folder is $GATES. A gate is a file in it: a request waits until the test makes the file. The
journal is a file that every request appends a line to when it starts, when it ends, and when its
iterable is closed: "EVENT ID PID", ID being ?id= of the request.

/wait?gate=NAME     answers when the gate is open
/items?gate=NAME    "first" at once, "second" when the gate is open
/large?gate=NAME&size=N  waits, then N bytes in blocks, with a length
/hints?gate=NAME    sends 103 at once, answers when the gate is open
/crash?how=NAME     ends the process: exit, abort, kill, segv
/stuck?gate=NAME    busy in Python until the gate is open, never blocking in the kernel
/nap                answers after 5 ms
every other path    answers at once with the pid
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from query import number, parameters
from streams import blocks

FOLDER = Path(os.environ["GATES"])
PLAIN = ("Content-Type", "text/plain")


def note(event: str, environ) -> None:
    line = f"{event} {parameters(environ).get('id', '-')} {os.getpid()}\n".encode()
    journal = os.open(FOLDER / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(journal, line)
    os.close(journal)


def wait(environ) -> None:
    gate = FOLDER / parameters(environ)["gate"]
    while not gate.exists():
        time.sleep(0.005)


def whole(start_response, text: bytes):
    start_response("200 OK", [PLAIN, ("Content-Length", str(len(text)))])
    return [text]


def waiting(environ, start_response):
    wait(environ)
    return whole(start_response, b"%d" % os.getpid())


class Items:
    """The items of a generator, and a note when the server closes it."""

    def __init__(self, environ, items):
        self._environ, self._items = environ, items

    def __iter__(self):
        return self._items

    def close(self):
        note("close", self._environ)


def items(environ, start_response):
    def produce():
        yield b"first"
        wait(environ)
        note("second", environ)
        yield b"second"

    start_response("200 OK", [PLAIN])
    return Items(environ, produce())


def large(environ, start_response):
    size = number(environ, "size", 1 << 20)
    wait(environ)
    start_response("200 OK", [PLAIN, ("Content-Length", str(size))])
    return Items(environ, blocks(size))


def hints(environ, start_response):
    environ["wsgi.early_hints"]([("Link", "</style.css>; rel=preload; as=style")])
    return waiting(environ, start_response)


def crash(environ, start_response):
    how = parameters(environ)["how"]
    if how == "exit":
        os._exit(7)
    elif how == "abort":
        os.abort()
    elif how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    ctypes.string_at(0)


def stuck(environ, start_response):
    gate = FOLDER / parameters(environ)["gate"]
    while not gate.exists():
        pass
    return whole(start_response, b"freed")


def nap(environ, start_response):
    time.sleep(0.005)
    return plain(environ, start_response)


def plain(environ, start_response):
    return whole(start_response, b"%d" % os.getpid())


VIEWS = {
    "/wait": waiting,
    "/items": items,
    "/large": large,
    "/hints": hints,
    "/crash": crash,
    "/stuck": stuck,
    "/nap": nap,
}


def application(environ, start_response):
    note("start", environ)
    response = VIEWS.get(environ["PATH_INFO"], plain)(environ, start_response)
    note("end", environ)
    return response


def crash_when_imported():
    """A factory whose workers die while they start, once the gate "crash" is open."""
    if (FOLDER / "crash").exists():
        note("start", {"QUERY_STRING": "id=import"})
        sys.stderr.flush()
        os._exit(9)
    return application
