# SPDX-License-Identifier: Apache-2.0
import tempfile

file = tempfile.NamedTemporaryFile(prefix="journal-")


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
