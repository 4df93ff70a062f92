# SPDX-License-Identifier: Apache-2.0
"""/slow takes 10 ms of CPU, /wait waits 50 ms, /ask 10 ms; all else answers at once."""

import time

from spinning import spin

WAITS = {"/wait": 0.050, "/ask": 0.010}
BODY = b"Hello, world!\n"


def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        spin()
    elif wait := WAITS.get(environ["PATH_INFO"]):
        time.sleep(wait)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return [BODY]
