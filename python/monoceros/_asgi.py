# SPDX-License-Identifier: Apache-2.0
"""The event loop of an ASGI worker, and the lifespan protocol; nothing here runs for a request."""

import asyncio
import traceback

SHUTDOWN_STEPS = 3


def make_loop(kind):
    """A new event loop: "asyncio", "uvloop", or "auto" for uvloop where it is installed."""
    loop = make_uvloop(kind) if kind != "asyncio" else None
    loop = loop or asyncio.SelectorEventLoop()
    asyncio.set_event_loop(loop)
    return loop


def make_uvloop(kind):
    try:
        import uvloop
    except ImportError:
        if kind == "uvloop":
            raise
        return None
    return uvloop.new_event_loop()


def waiter(loop):
    """Something of the object file whose code waits for this loop's events: a builtin function or
    an extension's type."""
    if type(loop).__module__.startswith("uvloop"):
        import uvloop.loop

        return uvloop.loop.Loop
    import select

    return select.epoll.poll


def close(loop):
    """Cancels what still runs, lets it end, and closes the loop."""
    for _ in range(SHUTDOWN_STEPS):
        tasks = asyncio.all_tasks(loop)
        if not tasks:
            break
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks, timeout=1))
    loop.run_until_complete(loop.shutdown_asyncgens())
    asyncio.set_event_loop(None)
    loop.close()


class Misuse(RuntimeError):
    """The application treats the lifespan scope as another one."""


class Lifespan:
    """The lifespan protocol with one application (ASGI, "Lifespan Protocol"). `mode` is "auto", "on"
    or "off"; `state` is what requests get a copy of."""

    def __init__(self, application, loop, mode, state):
        self.application = application
        self.loop = loop
        self.mode = mode
        self.state = state
        self.task = None
        self.inbox = asyncio.Queue()
        self.answers = asyncio.Queue()
        self.received = False
        self.phase = "startup"

    def startup(self):
        """Runs the startup. What went wrong, for people; None when nothing did."""
        if self.mode == "off":
            return None
        return self.loop.run_until_complete(self.start())

    def shutdown(self):
        """Runs the shutdown; as startup()."""
        if self.task is None:
            return None
        return self.loop.run_until_complete(self.stop())

    async def start(self):
        self.task = self.loop.create_task(self.run())
        self.inbox.put_nowait({"type": "lifespan.startup"})
        kind, detail = await self.answers.get()
        if kind == "lifespan.startup.complete":
            return None
        if kind == "lifespan.startup.failed":
            return "the application's startup failed" + (f": {detail}" if detail else "")
        self.task = None
        return self.judge_end(detail)

    def judge_end(self, error):
        """The application ended instead of answering."""
        unsupported = not self.received or error is None or isinstance(error, Misuse)
        if unsupported and self.mode == "auto":
            return None
        if error is None:
            return "the application returned from its lifespan scope without having started"
        return "the application's startup raised an exception:\n" + describe(error)

    async def stop(self):
        self.phase = "shutdown"
        self.inbox.put_nowait({"type": "lifespan.shutdown"})
        kind, detail = await self.answers.get()
        if kind == "lifespan.shutdown.failed":
            return "the application's shutdown failed" + (f": {detail}" if detail else "")
        if isinstance(detail, BaseException):
            return "the application's shutdown raised an exception:\n" + describe(detail)
        if kind == "lifespan.shutdown.complete":
            await asyncio.wait([self.task], timeout=1)
        return None

    async def run(self):
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        error = None
        try:
            await self.application(scope, self.receive, self.send)
        except (Exception, SystemExit, asyncio.CancelledError) as raised:
            error = raised
        self.answers.put_nowait(("ended", error))

    async def receive(self):
        self.received = True
        return await self.inbox.get()

    async def send(self, message):
        kind = message["type"]
        if kind not in (f"lifespan.{self.phase}.complete", f"lifespan.{self.phase}.failed"):
            raise Misuse(f"a message of type {kind!r} cannot be sent now in the lifespan scope")
        self.answers.put_nowait((kind, message.get("message", "")))


def describe(error):
    """The traceback of `error`, from the application's own frames on."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames)).rstrip("\n")
