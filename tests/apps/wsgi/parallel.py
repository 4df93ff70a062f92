# SPDX-License-Identifier: Apache-2.0
"""/meet: two requests that wait for each other without ever giving up the GIL. Where there is one, the
other cannot come: threads are not asked to switch here."""

import sys
import threading
import time

from query import number

sys.setswitchinterval(3600)
arrived = []
HEADERS = [("Content-Type", "text/plain"), ("X-Shared", "by all requests")]


def meet(environ):
    end = time.monotonic() + number(environ, "ms", 1000) / 1000
    arrived.append(threading.get_ident())
    while len(set(arrived)) < 2:
        if time.monotonic() > end:
            return "alone"
    return "met"


def read_elsewhere(environ):
    """The body is read by another thread, as an event loop of a view of its own does."""
    read = []
    reader = threading.Thread(target=lambda: read.append(environ["wsgi.input"].read()))
    reader.start()
    reader.join()
    return read[0].decode()


def start_elsewhere(environ, start_response):
    failed = []

    def start():
        try:
            start_response("200 OK", [])
        except RuntimeError as error:
            failed.append(str(error))

    starter = threading.Thread(target=start)
    starter.start()
    starter.join()
    return failed[0] if failed else "started"


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/meet":
        text = meet(environ)
    elif path == "/gil":
        text = str(getattr(sys, "_is_gil_enabled", lambda: True)())
    elif path == "/start":
        text = start_elsewhere(environ, start_response)
        if text == "started":
            return [text.encode()]
    else:
        text = read_elsewhere(environ)
    start_response("200 OK", HEADERS)
    return [text.encode()]
