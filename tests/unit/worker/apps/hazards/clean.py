# SPDX-License-Identifier: Apache-2.0
import sys

data = open(__file__).read()
reader = open(__file__)
print("imported", end="")


def application(environ, start_response):
    start_response("200 OK", [])
    return [repr(sys.path[:2]).encode()]
