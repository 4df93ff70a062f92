# SPDX-License-Identifier: Apache-2.0
"""gevent in a worker: the patches, and its hub with the methods of an event loop."""

import importlib
import inspect

from monoceros import _green

gevent = _green.need("gevent")

from gevent import monkey  # noqa: E402
from greenlet import getcurrent  # noqa: E402

KILL_SECONDS = 1
patched = False


def patch(left_out):
    """Patches the standard library, once; `left_out` names what stays as it is. What to log: pairs
    of whether it is a warning, and a sentence."""
    global patched
    if patched:
        return []
    patched = True
    known = {name for name, p in inspect.signature(monkey.patch_all).parameters.items()
             if p.default is True}
    _green.leave_out(monkey.patch_all, left_out, known)
    gevent.get_hub()  # its descriptors are none of the application's that would forbid to fork
    return _green.patch_psycopg2("gevent")


def waiter(loop):
    """Something of the object file whose code waits for this loop's events: an extension's type or
    a builtin function."""
    kind = type(loop.hub.loop)
    if kind.__module__ == "gevent.libev.corecext":
        return kind
    library = kind.__module__.rpartition(".")[0]  # gevent.libuv or gevent.libev
    lib = importlib.import_module(library + "._corecffi").lib
    return lib.uv_run if library.endswith("libuv") else lib.ev_run


class Hub(_green.Hub):
    """The hub of this process, which may be the copy of one that has forked."""

    killed = gevent.GreenletExit
    make = staticmethod(gevent.Greenlet)
    begin = staticmethod(gevent.Greenlet.switch)

    def __init__(self):
        gevent.reinit()
        super().__init__(gevent.get_hub())
        self.call_soon = self.hub.loop.run_callback

    def waiter(self):
        return _green.Waiter(self.hub.switch)

    def wake_soon(self, waiter):
        self.call_soon(waiter.wake)

    def call_later(self, seconds, callback):
        timer = self.hub.loop.timer(seconds)
        timer.start(self.fire, timer, callback)

    def fire(self, timer, callback):
        timer.close()
        callback()

    def add_reader(self, fd, callback):
        watcher = self.readers[fd] = self.hub.loop.io(fd, 1)
        watcher.start(self.read, watcher, callback)

    def read(self, watcher, callback):
        if self.forker is None:
            callback()
        else:  # the parent's descriptors
            watcher.stop()

    def remove_reader(self, fd):
        watcher = self.readers.pop(fd)
        watcher.stop()
        watcher.close()

    def interrupt(self, greenlet, exception):
        """Throws `exception` into `greenlet` when the hub turns; True: it runs just now, and nothing
        is thrown."""
        if greenlet is getcurrent():
            return True
        self.call_soon(_green.throw, greenlet, exception)
        return False

    def kill(self, greenlets):
        gevent.killall(greenlets, timeout=KILL_SECONDS)
