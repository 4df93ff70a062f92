# SPDX-License-Identifier: Apache-2.0
import select

poller = select.epoll()


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
