# SPDX-License-Identifier: Apache-2.0
"""Serves module:object by bjoern with several processes on one socket, preloaded."""

import argparse
import importlib
import os
import signal

import bjoern


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("app")
    arguments = parser.parse_args()
    module, _, name = arguments.app.partition(":")
    application = getattr(importlib.import_module(module), name)
    bjoern.listen(application, "127.0.0.1", arguments.port)
    children = [fork_worker() for _ in range(arguments.workers)]
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(pid, signal.SIGTERM) for pid in children])
    for pid in children:
        os.waitpid(pid, 0)


def fork_worker() -> int:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        bjoern.run()
        os._exit(0)
    return pid


if __name__ == "__main__":
    main()
