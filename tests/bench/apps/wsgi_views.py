# SPDX-License-Identifier: Apache-2.0
"""/slow takes 10 ms of CPU, /wait waits 50 ms; all else answers at once."""

import time

from spinning import spin

BODY = b"Hello, world!\n"


def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        spin()
    elif environ["PATH_INFO"] == "/wait":
        time.sleep(0.050)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return [BODY]
