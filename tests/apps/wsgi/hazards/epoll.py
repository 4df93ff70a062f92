# SPDX-License-Identifier: Apache-2.0
"""An epoll descriptor: children would change what their parent watches."""

import select

from whoami import application

__all__ = ["application", "poller"]

poller = select.epoll()
