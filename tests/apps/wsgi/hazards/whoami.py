# SPDX-License-Identifier: Apache-2.0
"""The application that all fixtures of this folder serve."""

import os


def application(environ, start_response):
    body = b"%d %d\n" % (os.getpid(), os.getppid())
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
