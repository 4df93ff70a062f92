# SPDX-License-Identifier: Apache-2.0
"""Waits for the GIL, timed from outside by gil_meter/truth.c."""

import ctypes
import json
import os
import threading

HELD = 3_000_000  # less than the switch interval: nobody is forced to give it up
ROUNDS = 60


def contend(threads):
    """Nanoseconds that `threads` threads have waited for the GIL, as the library timed them."""
    library = ctypes.PyDLL(os.environ["MONOCEROS_TEST_TRUTH"])
    library.truth_contend.argtypes = [ctypes.c_int, ctypes.c_long, ctypes.c_long]
    library.truth_contend.restype = ctypes.c_longlong
    library.truth_begin(threads)
    spent = []

    def run():
        spent.append(library.truth_contend(ROUNDS, HELD if threads > 1 else 0, 10_000))

    if threads == 1:
        run()
        return spent[0]
    started = [threading.Thread(target=run) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return sum(spent)


def in_child(threads):
    child = os.fork()
    if child == 0:
        os._exit(0 if contend(threads) > 0 else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def app(environ, start_response):
    what, threads = environ["PATH_INFO"].strip("/").split("/")
    result = {"contend": contend, "fork": in_child}[what](int(threads))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(result).encode()]
