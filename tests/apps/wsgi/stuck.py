# SPDX-License-Identifier: Apache-2.0
"""Requests that hang in different ways, until the gate "gate" is open (see gates.py).

/sleep        in time.sleep
/c            in a C function that keeps the GIL
/loop         in Python alone
/deep?depth=N in a recursion of N calls
"""

import ctypes
import time

from gates import FOLDER, note, whole
from query import number, parameters

libc = ctypes.PyDLL(None)
GATE = FOLDER / "gate"


def sleep(_):
    while not GATE.exists():
        time.sleep(0.2)  # asleep


def c(_):
    while not GATE.exists():
        libc.usleep(300_000)  # in C


def loop(_):
    while not GATE.exists():
        spin()


def spin():
    total = 0
    for value in range(1_000_000):
        total += value
    return total


def recurse(depth):
    if depth > 0:
        return recurse(depth - 1)
    return sleep(None)


def deep(environ):
    recurse(number(environ, "depth", 10))


VIEWS = {"/sleep": sleep, "/c": c, "/loop": loop, "/deep": deep}


def application(environ, start_response):
    note("start", environ)
    view = VIEWS.get(environ["PATH_INFO"])
    if view:
        view(environ)
    return whole(start_response, parameters(environ).get("id", "-").encode())
