# SPDX-License-Identifier: Apache-2.0
"""What the tests of the worker ask for, one function per path."""

import io
import json
import os
import sys
import tempfile
import threading
import time
from wsgiref.validate import validator

EVENTS = []  # what happened after a response, for /events
GATE = threading.Barrier(4, timeout=15)


def plain(start_response, body, status="200 OK", headers=()):
    start_response(status, [("Content-Type", "text/plain"), *headers])
    return [body]


def environ(environ, start_response):
    shown = {k: v if isinstance(v, (str, int, bool, tuple)) else type(v).__name__
             for k, v in environ.items()}
    shown["wsgi.file_wrapper"] = environ["wsgi.file_wrapper"].__name__
    return plain(start_response, json.dumps(shown).encode())


def hello(environ, start_response):
    return plain(start_response, b"Hello, world\n")


def read(environ, start_response):
    return plain(start_response, environ["wsgi.input"].read())


def read_pieces(environ, start_response):
    body = environ["wsgi.input"]
    got = [body.read(3), body.readline(), body.readline(4), body.readlines(), body.read(), body.read(5)]
    return plain(start_response, repr(got).encode())


def lines(environ, start_response):
    return plain(start_response, repr(list(environ["wsgi.input"])).encode())


def hint(environ, start_response):
    return plain(start_response, repr(environ["wsgi.input"].readlines(5)).encode())


def read_broken(environ, start_response):
    try:
        environ["wsgi.input"].read()
    except OSError as error:
        return plain(start_response, f"{type(error).__name__}: {error}".encode())
    return plain(start_response, b"whole")


def count(environ, start_response):
    total = 0
    while chunk := environ["wsgi.input"].read(70_000):
        total += len(chunk)
    return plain(start_response, str(total).encode())


def stream(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    for i in range(3):
        yield b"" if i == 1 else b"part %d\n" % i


def slow_stream(environ, start_response):
    """The second part leaves only when /open was asked for."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first"
    OPEN.wait(15)
    yield b"second"


OPEN = threading.Event()


def open_gate(environ, start_response):
    OPEN.set()
    return plain(start_response, b"open")


def pieces(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a", b"b", b"", b"c"]


def empty(environ, start_response):
    start_response("204 No Content", [])
    return []


def big(environ, start_response):
    return plain(start_response, b"0123456789abcdef" * 200_000)


def write(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written ")
    return [b"and returned"]


def thread_name(environ, start_response):
    return plain(start_response, threading.current_thread().name.encode())


def together(environ, start_response):
    """Answers only when four requests are here at once."""
    GATE.wait()
    return plain(start_response, b"together")


def fails(environ, start_response):
    raise LookupError("not today")


def exits(environ, start_response):
    sys.exit(5)


def fails_after_start(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    raise LookupError("second thoughts")


def fails_late(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"so far so good"
    raise LookupError("in the middle")


def replaced(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        raise ValueError("oops")
    except ValueError:
        start_response("503 Sorry", [("Content-Type", "text/plain")], sys.exc_info())
    return [b"replaced"]


def too_late(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"sent")
    try:
        raise ValueError("too late to change")
    except ValueError:
        start_response("500 Oops", [], exc_info=sys.exc_info())
    return []


def twice(environ, start_response):
    start_response("200 OK", [])
    start_response("200 OK", [])
    return []


def no_start(environ, start_response):
    return [b"body"]


def not_bytes(environ, start_response):
    start_response("200 OK", [])
    return ["text"]


def short(environ, start_response):
    start_response("200 OK", [("Content-Length", "10")])
    return [b"12345"]


def short_of_all(environ, start_response):
    start_response("200 OK", [("Content-Length", "10")])
    return []


def long(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"123", b"456", b"789"]


def hop_by_hop(environ, start_response):
    start_response("200 OK", [("Connection", "keep-alive"), ("Keep-Alive", "5"), ("X-Kept", "yes"),
                              ("Transfer-Encoding", "chunked"), ("connection", "close")])
    return [b"x"]


def bad_head(environ, start_response):
    """Every head in the list must be refused; the answer names those that were not."""
    heads = [
        (200, []), ("OK", []), ("20 OK", []), ("2000 OK", []), ("200OK", []), ("101 Up", []),
        ("600 No", []), ("200 \r\nX: y", []), ("200 €", []), (b"200 OK", []),
        ("200 OK", None), ("200 OK", {"a": "b"}), ("200 OK", ["ab"]), ("200 OK", [("a",)]),
        ("200 OK", [("a", 1)]), ("200 OK", [("a", b"b")]), ("200 OK", [("", "b")]),
        ("200 OK", [("a b", "c")]), ("200 OK", [("a:", "c")]), ("200 OK", [("a", "b\nc")]),
        ("200 OK", [("a", "b\rc")]), ("200 OK", [("a", "b\0c")]), ("200 OK", [("a", "€")]),
        ("200 OK", [("Content-Length", "x")]), ("200 OK", [("Content-Length", "-1")]),
        ("200 OK", [("Content-Length", "1"), ("content-length", "2")]),
        ("200 OK", [("a", "b" * 70_000)]),
    ]
    accepted = []
    for status, headers in heads:
        try:
            start_response(status, headers, None)
            accepted.append(repr((status, headers)))
        except (TypeError, ValueError):
            pass
    return plain(start_response, "\n".join(accepted).encode())


def early_hints(environ, start_response):
    environ["wsgi.early_hints"]([("Link", "</style.css>; rel=preload")])
    return plain(start_response, b"page")


def errors(environ, start_response):
    print("a word", "and another", file=environ["wsgi.errors"])
    environ["wsgi.errors"].writelines(["one\n", "two\n"])
    return plain(start_response, b"logged")


class Body:
    def __init__(self, parts, name):
        self.parts, self.name = parts, name

    def __iter__(self):
        return iter(self.parts)

    def close(self):
        EVENTS.append(f"closed {self.name}")


def closes(environ, start_response):
    start_response("200 OK", [])
    return Body([b"x"], "well")


def closes_on_error(environ, start_response):
    start_response("200 OK", [])
    return Body([b"x", 7], "after error")


def endless(environ, start_response):
    start_response("200 OK", [])
    return Body(iter(lambda: b"more " * 1000, None), "endless")


def events(environ, start_response):
    body = plain(start_response, "\n".join(EVENTS).encode())
    EVENTS.clear()
    return body


KEPT = []


def keeps(environ, start_response):
    """Keeps what it was lent; /kept shows that it is of no use any more."""
    KEPT.extend([start_response, environ["wsgi.input"].read, environ["wsgi.early_hints"],
                 start_response("200 OK", [])])
    return [b"kept"]


def kept(environ, start_response):
    results = []
    for call, arguments in zip(KEPT, [("200 OK", []), (), ([],), (b"x",)]):
        try:
            call(*arguments)
            results.append("worked")
        except RuntimeError as error:
            results.append(str(error))
    KEPT.clear()
    return plain(start_response, "\n".join(results).encode())


CONTENT = b"".join(b"line %d\n" % i for i in range(10_000))


def real_file(environ, start_response):
    file = tempfile.TemporaryFile()
    file.write(CONTENT)
    file.seek(7)
    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](file)


def part_of_file(environ, start_response):
    file = tempfile.NamedTemporaryFile()
    file.write(CONTENT)
    file.seek(0)
    file.readline()
    start_response("200 OK", [("Content-Length", "7")])
    return environ["wsgi.file_wrapper"](file, 1024)


def not_a_file(environ, start_response):
    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](io.BytesIO(CONTENT), 4096)


def compressed_file(environ, start_response):
    import gzip

    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(gzip.compress(CONTENT))
    packed = gzip.open(file.name)
    os.unlink(file.name)
    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](packed, 65536)


def closed_file(environ, start_response):
    class File(io.BytesIO):
        def close(self):
            EVENTS.append("file closed")
            super().close()

    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](File(b"content"))


def forks(environ, start_response):
    """A child that runs on through the server must not answer in its parent's place."""
    pid = os.fork()
    if pid == 0:
        start_response("200 OK", [])
        return [b"child"]
    _, status = os.waitpid(pid, 0)
    return plain(start_response, f"child left with {os.waitstatus_to_exitcode(status)}".encode())


def fork_exits(environ, start_response):
    pid = os.fork()
    if pid == 0:
        sys.exit(9)
    _, status = os.waitpid(pid, 0)
    return plain(start_response, f"child left with {os.waitstatus_to_exitcode(status)}".encode())


def await_file(environ, start_response):
    """Its path is the query."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first"
    while not os.path.exists(environ["QUERY_STRING"]):
        time.sleep(0.001)
    yield b"second"


def thread_count(environ, start_response):
    return plain(start_response, str(threading.active_count()).encode())


def forbid_threads(environ, start_response):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    threading.Thread.start = refuse
    return plain(start_response, b"")


def sleep(environ, start_response):
    time.sleep(0.02)
    return plain(start_response, b"slept")


VIEWS = {f"/{name}": view for name, view in list(globals().items())
         if callable(view) and getattr(view, "__module__", None) == __name__}


def application(environ, start_response):
    view = VIEWS.get(environ["PATH_INFO"])
    if view is None:
        return plain(start_response, b"nothing here", "404 Not Found")
    return view(environ, start_response)


def validated(environ, start_response):
    """The same under the standard library's checks, for views that keep to the PEP."""
    return validator(application)(environ, start_response)
