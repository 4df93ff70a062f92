# SPDX-License-Identifier: Apache-2.0
import subprocess

child = subprocess.Popen(["sleep", "60"])


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
