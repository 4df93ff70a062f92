# SPDX-License-Identifier: Apache-2.0
"""Response heads that must not be sent.

/control?size=N  a header value with a control character, and N bytes of body
any other path   "hello"
"""

from query import number


def application(environ, start_response):
    if environ["PATH_INFO"] == "/control":
        start_response("200 OK", [("X-Name", "a\x01")])
        return [b"SECRET" * number(environ, "size", 6)]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
