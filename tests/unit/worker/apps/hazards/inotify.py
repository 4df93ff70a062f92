# SPDX-License-Identifier: Apache-2.0
import ctypes

watcher = ctypes.CDLL(None).inotify_init()


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
