# SPDX-License-Identifier: Apache-2.0
import socket

connection = socket.socket()


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
