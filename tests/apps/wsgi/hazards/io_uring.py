# SPDX-License-Identifier: Apache-2.0
"""An io_uring: its rings are memory that a child shares with its parent."""

import ctypes

from whoami import application

__all__ = ["application", "descriptor"]

SYS_IO_URING_SETUP = 425
PARAMETERS_SIZE = 120

libc = ctypes.CDLL(None, use_errno=True)
parameters = ctypes.create_string_buffer(PARAMETERS_SIZE)
descriptor = libc.syscall(SYS_IO_URING_SETUP, 4, parameters)
if descriptor < 0:
    raise OSError(ctypes.get_errno(), "io_uring_setup")
