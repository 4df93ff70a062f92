# SPDX-License-Identifier: Apache-2.0
import threading

threading.Thread(target=threading.Event().wait, name="metrics-sender", daemon=True).start()


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
