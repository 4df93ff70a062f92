# SPDX-License-Identifier: Apache-2.0
"""The smallest application: the yardstick of the benchmarks."""

BODY = b"Hello, world!\n"
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]


def application(environ, start_response):
    # A copy: a server may change the list it is given.
    start_response("200 OK", list(HEADERS))
    return [BODY]


hello = application
