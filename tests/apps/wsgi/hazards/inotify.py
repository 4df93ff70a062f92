# SPDX-License-Identifier: Apache-2.0
"""An inotify descriptor: each event reaches one process only."""

import ctypes
import os

from whoami import application

__all__ = ["application", "descriptor"]

libc = ctypes.CDLL(None, use_errno=True)
descriptor = libc.inotify_init1(os.O_CLOEXEC)
if descriptor < 0:
    raise OSError(ctypes.get_errno(), "inotify_init1")
