# SPDX-License-Identifier: Apache-2.0
"""Applications for the tests of what an application setting may say."""

number = 7


def make(text, times=1):
    def application(environ, start_response):
        start_response("200 OK", [])
        return [text.encode() * times]

    return application


def make_nothing():
    return None
