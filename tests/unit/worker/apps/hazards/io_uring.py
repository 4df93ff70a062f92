# SPDX-License-Identifier: Apache-2.0
import ctypes

IO_URING_SETUP = 425
ring = ctypes.CDLL(None).syscall(IO_URING_SETUP, 1, ctypes.create_string_buffer(120))


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
