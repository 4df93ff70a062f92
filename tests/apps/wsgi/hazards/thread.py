# SPDX-License-Identifier: Apache-2.0
"""A thread that runs in the process that imports, and in no child of it."""

import threading

from whoami import application

__all__ = ["application", "ticker"]

stop = threading.Event()
ticker = threading.Thread(target=stop.wait, name="ticker", daemon=True)
ticker.start()
