# SPDX-License-Identifier: Apache-2.0
"""For workers in greenlets; this one asks whether they are patched, others wait and read.

/sleep?ms=N     sleeps
/fetch?port=N   what a server on that port of this machine answers, read by a patched socket
/body           how many bytes the request has
/stream?size=N  N bytes in blocks, without a length
/fork           forks; the child sleeps, returns a response, and the parent says how it ended
/thread         what a thread says that waits for another
/program        what a program writes
/killed         throws what ends a greenlet
/late           reads the body in a greenlet that outlives the request
/lates          what those have read
/patched        the module of the socket class in use when this was imported
"""

import os
import socket
import subprocess
import threading
import time
import urllib.request

import greenlet
from query import number
from streams import blocks

PATCHED = socket.socket.__module__
LATE = []


def sleep(environ):
    time.sleep(number(environ, "ms", 200) / 1000)
    return b"slept"


def fetch(environ):
    port = number(environ, "port", 0)
    return urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).read()


def body(environ):
    count = 0
    while piece := environ["wsgi.input"].read(1 << 16):
        count += len(piece)
    return b"%d" % count


def fork(environ):
    pid = os.fork()
    if pid == 0:
        time.sleep(0.05)
        return b"the child must not answer"
    return b"%d" % os.waitpid(pid, 0)[1]


def thread(environ):
    said = []
    one = threading.Thread(target=lambda: (time.sleep(0.01), said.append(b"thread")))
    one.start()
    one.join()
    return said[0]


def program(environ):
    return subprocess.run(["echo", "program"], check=True, capture_output=True).stdout


def killed(environ):
    raise greenlet.GreenletExit


def late(environ):
    stream = environ["wsgi.input"]

    def read():
        time.sleep(0.05)
        try:
            LATE.append(stream.read())
        except Exception as error:
            LATE.append(type(error).__name__)

    threading.Thread(target=read).start()
    return b"before"


def patched(environ):
    return PATCHED.encode()


def lates(environ):
    return repr(LATE).encode()


VIEWS = {f"/{view.__name__}": view for view in (
    sleep, fetch, body, fork, thread, program, killed, late, lates, patched,
)}  # fmt: skip


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return blocks(number(environ, "size", 1 << 20))
    answer = VIEWS[path](environ) if path in VIEWS else b"%d" % os.getpid()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer]
