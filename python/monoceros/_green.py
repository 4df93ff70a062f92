# SPDX-License-Identifier: Apache-2.0
"""What the workers in greenlets share: _gevent and _eventlet have the same functions and classes."""

import importlib
import importlib.util
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
