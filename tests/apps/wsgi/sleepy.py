# SPDX-License-Identifier: Apache-2.0
"""/slow waits `ms` milliseconds (50) as for a backend; every other path answers at once."""

import time

from hello import application as fast
from query import number


def application(environ, start_response):
    if environ["PATH_INFO"] != "/slow":
        return fast(environ, start_response)
    time.sleep(number(environ, "ms", 50) / 1000)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"slow\n"]
