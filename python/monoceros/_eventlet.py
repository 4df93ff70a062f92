# SPDX-License-Identifier: Apache-2.0
"""eventlet in a worker: the patches, and its hub with the methods of an event loop."""

import os

from monoceros import _green

eventlet = _green.need("eventlet")

from eventlet import greenthread, hubs, patcher  # noqa: E402
from greenlet import GreenletExit, getcurrent  # noqa: E402

KILL_SECONDS = 1
ADVICE = "eventlet is in maintenance only; its own authors advise to move away from it"
PARTS = {"os", "select", "socket", "thread", "time", "subprocess", "psycopg", "MySQLdb", "builtins"}
clock = patcher.original("time").monotonic
patched = False


def patch(left_out):
    """Patches the standard library, once; `left_out` names what stays as it is. What to log: pairs
    of whether it is a warning, and a sentence."""
    global patched
    if patched:
        return []
    patched = True
    _green.leave_out(eventlet.monkey_patch, left_out, PARTS)
    hubs.get_hub()  # its descriptors are none of the application's that would forbid to fork
    # psycopg 3 knows gevent only: it would wait in C, and hold up all greenlets.
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")
    said = [(True, ADVICE)]
    if patcher.is_monkey_patched("psycopg"):  # it is not where `left_out` names it
        said += _green.patch_psycopg2("eventlet")
    return said


def waiter(loop):
    """Something of the object file whose code waits for this loop's events: a builtin function."""
    return patcher.original("select").epoll.poll


class Request(greenthread.GreenThread):
    def __init__(self, function):
        super().__init__(hubs.get_hub().greenlet)
        self.function = function

    def begin(self):
        self.switch(self.function, (), {})


class Hub(_green.Hub):
    """The hub of this process, made anew because it may be the copy of one that has forked."""

    killed = GreenletExit
    make = Request
    begin = staticmethod(Request.begin)

    def __init__(self):
        hubs.use_hub()
        super().__init__(hubs.get_hub())

    def waiter(self):
        # Not of self.hub: a child that the application forks has another.
        return _green.Waiter(lambda: hubs.get_hub().switch())

    def wake_soon(self, waiter):
        self.hub.schedule_call_global(0, waiter.wake)

    def call_soon(self, callback):
        return self.hub.schedule_call_global(0, callback)

    def call_later(self, seconds, callback):
        self.hub.schedule_call_global(seconds, callback)

    def add_reader(self, fd, callback):
        def read(fd):
            callback()

        self.readers[fd] = self.hub.add(self.hub.READ, fd, read, read, None)

    def remove_reader(self, fd):
        self.hub.remove(self.readers.pop(fd))

    def note_fork(self):
        """The child must not touch the epoll descriptor, which it shares with its parent."""
        super().note_fork()
        hubs.use_hub()

    def interrupt(self, greenlet, exception):
        """Throws `exception` into `greenlet` when the hub turns; True: it runs just now, and nothing
        is thrown."""
        if greenlet is getcurrent():
            return True
        self.hub.schedule_call_global(0, _green.throw, greenlet, exception)
        return False

    def kill(self, greenlets):
        deadline = clock() + KILL_SECONDS
        for greenlet in greenlets:
            greenlet.kill()
        while not all(greenlet.dead for greenlet in greenlets) and clock() < deadline:
            greenthread.sleep(0.01)
