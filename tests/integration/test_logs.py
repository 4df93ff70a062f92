# SPDX-License-Identifier: Apache-2.0
"""Access log and error log."""

import base64
import fcntl
import json
import os
import re
import signal
import subprocess

from harness.server import run
from harness.waiting import wait_until

DEFAULT_LINE = re.compile(
    r'127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] '
    r'"GET /path\?q=1 HTTP/1\.1" 200 14 "http://from\.example/" "agent/1\.0"'
)


def test_the_default_line_is_gunicorns(serve):
    server = serve("hello:application")
    server.get(
        "/path?q=1", headers=(("Referer", "http://from.example/"), ("User-Agent", "agent/1.0"))
    )
    assert DEFAULT_LINE.fullmatch(server.wait_for_access("/path"))


def test_all_atoms_of_gunicorn_are_known(serve):
    atoms = "h l u t r m U q H s B b f a T D M L p".split() + ["{x-in}i", "{content-type}o"]
    atoms += ["{REQUEST_METHOD}e", *"QAGCROW"]
    form = "|".join(f"{name}=%({name})s" for name in atoms) + "|100%%"
    server = serve("hello:application", "--access-logformat", form)
    user = base64.b64encode(b"ada:secret").decode()
    server.get(
        "/path?q=1", headers=(("Authorization", f"Basic {user}"), ("X-In", "incoming"))
    )
    line = server.wait_for_access("/path")
    fields = dict(part.split("=", 1) for part in line.split("|") if "=" in part)
    assert line.endswith("|100%")
    exact = {
        "h": "127.0.0.1",
        "l": "-",
        "u": "ada",
        "r": "GET /path?q=1 HTTP/1.1",
        "m": "GET",
        "U": "/path",
        "q": "q=1",
        "H": "HTTP/1.1",
        "s": "200",
        "B": "14",
        "b": "14",
        "f": "-",
        "a": "-",
        "T": "0",
        "{x-in}i": "incoming",
        "{content-type}o": "text/plain",
        "{REQUEST_METHOD}e": "GET",
        "p": f"<{server.workers()[0]}>",
    }
    assert {name: fields[name] for name in exact} == exact
    assert int(fields["D"]) >= 1
    assert int(fields["M"]) <= int(fields["D"])
    for seconds in "LQAW":
        assert re.fullmatch(r"\d+\.\d{6}", fields[seconds]), seconds
    for measured in "GCRO":
        assert re.fullmatch(r"\d+\.\d{6}|-", fields[measured]), measured


def test_queue_and_application_time_are_apart(serve):
    server = serve("sleepy:application", "--access-logformat", "%(U)s %(Q)s %(A)s %(L)s")
    with server.client() as first, server.client() as second:
        first.request("/slow?ms=600")
        wait_until(lambda: server.scoreboard.router("in_flight") == 1, "the first to run")
        second.request("/second")
        assert first.response().status == second.response().status == 200
    slow, fast = server.wait_for_access("/slow"), server.wait_for_access("/second")
    _, queue, application, total = slow.split()
    assert float(queue) < 0.55
    assert 0.55 < float(application) < 2
    assert float(total) >= float(application)
    _, queue, application, total = fast.split()
    assert float(application) < 0.55
    assert float(queue) + float(application) <= float(total) + 0.001


def test_json_lines_say_the_same(serve):
    server = serve("hello:application", "--log-json")
    server.get("/path?q=1", headers=(("User-Agent", 'quo"te\\back'),))
    line = json.loads(server.wait_for_access("/path"))
    assert (line["method"], line["target"], line["status"]) == ("GET", "/path?q=1", 200)
    assert line["user_agent"] == 'quo"te\\back'
    assert line["bytes"] == 14
    assert line["pid"] == server.workers()[0]
    assert {"gil_wait", "cpu", "run_queue", "other", "write"} <= line.keys()
    assert line["duration"] >= line["application_time"] + line["write"] - 0.001
    messages = [json.loads(text) for text in server.log.splitlines()]
    assert any("Listening at" in message["message"] for message in messages)
    assert {"time", "level", "process", "pid", "message"} <= messages[0].keys()


def test_json_tracebacks_are_one_line(serve):
    server = serve("errors:application", "--log-json")
    server.get("/before_head")
    server.wait_for_log("errors.Failure")
    server.stop()
    assert all(json.loads(line) for line in server.log.splitlines())


def test_nobody_can_write_a_line_of_their_own(serve):
    server = serve("hello:application")
    with server.client() as client:
        client.send(
            b"GET /a\"b\\c%0d%0aforged HTTP/1.1\r\nHost: a\r\n"
            b'User-Agent: x" 200 1 "-" "\x80\xff\ttab\r\n'
            b"Referer: \x1b]0;title\x07\r\n\r\n"
        )
        client.response()
        client.request("/plain", headers=(("User-Agent", 'x" 200 1 "-" "\u0080\u00ff\ttab'),))
        assert client.ended() or client.response().status == 200
    with server.client() as client:
        assert client.get("/marker", headers=(("User-Agent", 'a" "b\\'),)).status == 200
    server.wait_for_access("/marker")
    server.stop()
    lines = server.access
    assert not any(line.startswith("forged") for line in lines)
    for line in lines:
        assert re.fullmatch(r"[\x20-\x7e]+", line)
    assert r'\"' in next(line for line in lines if "/marker" in line)


def test_one_line_for_each_request(serve, worker_class):
    server = serve("hello:application", worker_class=worker_class, workers=2)
    with server.client() as client:
        for number in range(500):
            client.get(f"/{number}")
    server.stop()
    targets = [re.search(r'"GET /(\d+) ', line)[1] for line in server.access]
    assert targets == [str(number) for number in range(500)]


def test_a_pipe_that_nobody_reads_stops_nothing(serve):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    server = serve(
        "hello:application", "--access-logfile", "-", stdout=writer, access_log=False
    )
    flags = fcntl.fcntl(writer, fcntl.F_GETFL)
    assert not flags & os.O_NONBLOCK, "O_NONBLOCK was set on a stream that others use too"
    with server.client() as client:
        path = "/" + "a" * 3000
        for _ in range(4000):
            assert client.get(path).status == 200
    wait_until(lambda: server.scoreboard.router("log_lines_dropped") > 0, "dropped lines to count")
    assert not fcntl.fcntl(writer, fcntl.F_GETFL) & os.O_NONBLOCK
    os.close(writer)
    server.signal(signal.SIGTERM)
    assert server.wait_for_exit() == 0
    server.assert_nothing_left()
    os.close(reader)


def test_an_error_log_that_nobody_reads_stops_nothing(tmp_path, serve):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    path = tmp_path / "server.sock"
    server = serve(
        "errors:application",
        "--error-logfile",
        str(fifo),
        "--bind",
        f"unix:{path}",
        ready=False,
    )
    server.address = str(path)
    wait_until(path.exists, "the socket")
    for _ in range(100):
        assert server.get("/before_head").status == 500
    assert server.get("/").body == b"fine\n"
    server.signal(signal.SIGTERM)
    assert server.wait_for_exit() == 0
    os.close(reader)


def test_what_the_application_prints_comes_through(serve, write_app):
    folder = write_app("""
import sys

def application(environ, start_response):
    print("printed by the application")
    print("complained", file=sys.stderr)
    environ["wsgi.errors"].write("through wsgi.errors\\n")
    environ["wsgi.errors"].flush()
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
""")
    server = serve("app:application", apps=folder, variables={"PYTHONUNBUFFERED": "1"})
    server.get()
    wait_until(lambda: "printed by the application" in server.output, "the output")
    server.wait_for_log("complained")
    server.wait_for_log("through wsgi.errors")


def test_log_level_hides_what_is_below_it(serve):
    server = serve("hello:application", "--log-level", "error", ready=False)
    server.wait_for_workers(1)
    server.stop()
    assert "[INFO]" not in server.log


def test_an_access_log_that_cannot_be_opened_ends_the_start(serve):
    server = serve("hello:application", "--access-logfile", "/no/such/folder/log", ready=False)
    assert server.wait_for_exit() == 1
    assert "/no/such/folder/log" in server.log


def test_an_unknown_atom_is_refused(tmp_path):
    done = run(tmp_path, "--access-logformat", "%(nonsense)s", "--check-config", "hello")
    assert done.returncode != 0
    assert "nonsense" in done.stderr


def test_the_router_does_not_write_after_the_reader_left(serve):
    """A broken pipe of the access log is not the end of the router."""
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    server = serve(
        "hello:application",
        "--access-logfile",
        "-",
        stdout=reader.stdin.fileno(),
        access_log=False,
    )
    reader.wait()
    reader.stdin.close()
    router = server.router
    with server.client() as client:
        assert all(client.get().status == 200 for _ in range(100))
    assert server.router == router
