# SPDX-License-Identifier: Apache-2.0
"""A child process that only its parent can wait for."""

import subprocess

from whoami import application

__all__ = ["application", "helper"]

# It ends by itself when its standard input does: with the process that imported this module.
helper = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
