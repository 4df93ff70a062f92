# SPDX-License-Identifier: Apache-2.0
"""What the workers in greenlets share: _gevent and _eventlet have the same functions and classes."""

import importlib
import importlib.util
import os
import sys
import warnings

from greenlet import getcurrent

from monoceros._application import ApplicationError


def need(package):
    """The package, imported; people are told how to get it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # eventlet's; we say it in a line
            return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ApplicationError(
            f"the worker class {package} needs the package {package}, which {sys.executable} does not"
            f" have: pip install {package}"
        ) from None


def leave_out(patch, names, known):
    """Calls `patch` for all of `known` but `names`, which are separated by commas."""
    left_out = [name.strip() for name in names.split(",") if name.strip()]
    for name in left_out:
        if name not in known:
            raise ApplicationError(
                f"{name!r} is nothing that can be left unpatched (setting patch_except); use"
                f" {', '.join(sorted(known))}"
            )
    patch(**dict.fromkeys(left_out, False))


def patch_psycopg2(library):
    """Lets psycopg2 wait in the hub where psycogreen is installed. What to log."""
    if not all(importlib.util.find_spec(name) for name in ("psycopg2", "psycogreen")):
        return []
    importlib.import_module(f"psycogreen.{library}").patch_psycopg()
    return [(False, f"psycogreen lets psycopg2 wait in {library}'s hub")]


def throw(greenlet, exception):
    """By the hub only."""
    if not greenlet.dead:
        greenlet.throw(exception)


class Waiter:
    """Where greenlets wait until they are woken; they may be woken for no reason."""

    __slots__ = ("switch", "waiting")

    def __init__(self, switch):
        self.switch = switch
        self.waiting = []

    def wait(self):
        current = getcurrent()
        self.waiting.append(current)
        try:
            self.switch()
        finally:
            self.waiting.remove(current)

    def wake(self):
        """By the hub only. Whoever was woken otherwise meanwhile waits elsewhere."""
        for greenlet in self.waiting.copy():
            if greenlet in self.waiting:
                greenlet.switch()


class Hub:
    """What the hubs of both have in common: they run until stopped, and know who has forked."""

    def __init__(self, hub):
        self.hub = hub
        self.readers = {}
        self.end = self.waiter()
        self.stopped = False
        self.forker = None
        os.register_at_fork(after_in_child=self.note_fork)

    def run_forever(self):
        while not self.stopped:
            self.end.wait()

    def stop(self):
        self.stopped = True
        self.wake_soon(self.end)

    def note_fork(self):
        self.forker = getcurrent()

    def forked_here(self):
        return self.forker is getcurrent()
