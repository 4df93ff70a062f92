# SPDX-License-Identifier: Apache-2.0
"""Monoceros runs Python web applications. The server itself is the program bin/monoceros; this
package is what it needs inside the application's interpreter."""


class RequestTimeout(BaseException):
    """Raised in a request that ran longer than request_timeout, with request_timeout_action:
    interrupt. Its client has its 504 already. It is no Exception, so that code which survives any
    Exception, as a loop of retries does, does not survive this."""
