# SPDX-License-Identifier: Apache-2.0
import subprocess

# It ends with the process that imported this module.
child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
