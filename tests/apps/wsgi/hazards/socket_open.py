# SPDX-License-Identifier: Apache-2.0
"""A connected socket whose bytes parent and children would share."""

import socket

from whoami import application

__all__ = ["application", "pair"]

pair = socket.socketpair()
