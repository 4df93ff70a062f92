# SPDX-License-Identifier: Apache-2.0
"""Responses that do not come as one block.

/generator?items=N   N short items, no length: the server chooses the framing
/trickle?items=N&ms=M  the same with a pause before each item
/write?items=N       through the write callable, then one item of the iterable
/large?size=N        N bytes in blocks of 64 KiB, with a length
/chunks?size=N       the same without a length
/file?size=N         N bytes through wsgi.file_wrapper
/file?size=N&from=M  the same, from an offset of M bytes on
/closed              how many iterables of /generator were closed so far
"""

import tempfile
import threading
import time

from query import number

BLOCK = 64 * 1024
PATTERN = bytes(range(256)) * (BLOCK // 256)
PLAIN = ("Content-Type", "text/plain")
BINARY = ("Content-Type", "application/octet-stream")


def expected(size: int, start: int = 0) -> bytes:
    """The bytes from `start` to `size` of every response of this module that has a size."""
    return (PATTERN * (size // BLOCK + 1))[start:size]


class Closings:
    """How many iterables were closed; of this process, whichever thread closes."""

    def __init__(self):
        self._lock = threading.Lock()
        self._count = 0

    def add(self) -> None:
        with self._lock:
            self._count += 1

    @property
    def count(self) -> int:
        with self._lock:
            return self._count


closings = Closings()


class Items:
    """An iterable that knows when the server closes it."""

    def __init__(self, count: int, pause: float = 0):
        self._items = (self._item(number, pause) for number in range(count))

    @staticmethod
    def _item(number: int, pause: float) -> bytes:
        if pause:
            time.sleep(pause)
        return b"item %d\n" % number

    def __iter__(self):
        return self._items

    def close(self) -> None:
        closings.add()


def generator(environ, start_response):
    start_response("200 OK", [PLAIN])
    return Items(number(environ, "items", 10))


def trickle(environ, start_response):
    start_response("200 OK", [PLAIN])
    return Items(number(environ, "items", 10), number(environ, "ms", 10) / 1000)


def write(environ, start_response):
    write_out = start_response("200 OK", [PLAIN])
    for item in range(number(environ, "items", 10)):
        write_out(b"item %d\n" % item)
    return [b"end\n"]


def blocks(size: int):
    for sent in range(0, size, BLOCK):
        yield PATTERN[: min(BLOCK, size - sent)]


def large(environ, start_response):
    size = number(environ, "size", 1 << 20)
    start_response("200 OK", [BINARY, ("Content-Length", str(size))])
    return blocks(size)


def chunks(environ, start_response):
    start_response("200 OK", [BINARY])
    return blocks(number(environ, "size", 1 << 20))


def file(environ, start_response):
    size, start = number(environ, "size", 1 << 20), number(environ, "from", 0)
    content = tempfile.TemporaryFile()
    for block in blocks(size):
        content.write(block)
    content.seek(start)
    start_response("200 OK", [BINARY, ("Content-Length", str(max(0, size - start)))])
    return environ["wsgi.file_wrapper"](content, BLOCK)


def closed(environ, start_response):
    start_response("200 OK", [PLAIN])
    return [b"%d\n" % closings.count]


def missing(environ, start_response):
    start_response("404 Not Found", [PLAIN])
    return [b"no such stream\n"]


VIEWS = {f"/{view.__name__}": view for view in (generator, trickle, write, large, chunks, file)}
VIEWS["/closed"] = closed


def application(environ, start_response):
    return VIEWS.get(environ["PATH_INFO"], missing)(environ, start_response)
