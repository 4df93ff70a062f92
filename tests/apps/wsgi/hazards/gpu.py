# SPDX-License-Identifier: Apache-2.0
"""A descriptor that looks as an opened GPU does: contexts of a GPU do not survive a fork."""

import os
import stat

from whoami import application

__all__ = ["application", "descriptor"]

PATH = "/dev/nvidia-test"

if not os.path.exists(PATH):
    os.mknod(PATH, stat.S_IFCHR | 0o600, os.makedev(1, 3))
descriptor = os.open(PATH, os.O_RDWR | os.O_CLOEXEC)
