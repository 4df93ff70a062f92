# SPDX-License-Identifier: Apache-2.0
"""Applications that fail, each path in its own way; / works.

Before the head is sent, a failure must give 500; after it, a connection that ends early.
"""

import sys

PLAIN = ("Content-Type", "text/plain")


class Failure(Exception):
    """What these applications raise; a test looks for its name in the error log."""


def works(environ, start_response):
    start_response("200 OK", [PLAIN, ("Content-Length", "5")])
    return [b"fine\n"]


def before_head(environ, start_response):
    raise Failure("before the head")


def before_first_item(environ, start_response):
    start_response("200 OK", [PLAIN])
    return failing_items()


def failing_items(*items):
    yield from items
    raise Failure("within the items")


def after_head(environ, start_response):
    start_response("200 OK", [PLAIN, ("Content-Length", "1000")])
    return failing_items(b"first item\n")


def after_head_chunked(environ, start_response):
    start_response("200 OK", [PLAIN])
    return failing_items(b"first item\n")


class FailingClose:
    def __iter__(self):
        return iter([b"whole\n"])

    def close(self):
        raise Failure("in close")


def in_close(environ, start_response):
    start_response("200 OK", [PLAIN, ("Content-Length", "6")])
    return FailingClose()


def replaced(environ, start_response):
    """The head is replaced by exc_info: the client sees 503 and not 200."""
    try:
        start_response("200 OK", [PLAIN])
        raise Failure("replaced")
    except Failure:
        start_response("503 Service Unavailable", [PLAIN], sys.exc_info())
        return [b"replaced\n"]


def replaced_too_late(environ, start_response):
    """exc_info after a byte was sent: start_response must raise it again."""
    write_out = start_response("200 OK", [PLAIN])
    write_out(b"first item\n")
    try:
        raise Failure("too late")
    except Failure:
        start_response("503 Service Unavailable", [PLAIN], sys.exc_info())
    return [b"never sent\n"]


def head_twice(environ, start_response):
    start_response("200 OK", [PLAIN])
    start_response("200 OK", [PLAIN])
    return [b"never sent\n"]


def no_head(environ, start_response):
    return [b"never sent\n"]


def returns_none(environ, start_response):
    start_response("200 OK", [PLAIN])


def text_item(environ, start_response):
    start_response("200 OK", [PLAIN])
    return ["text, not bytes"]


def number_item(environ, start_response):
    start_response("200 OK", [PLAIN])
    return [1]


def bytes_status(environ, start_response):
    start_response(b"200 OK", [PLAIN])
    return [b"never sent\n"]


def bad_status(environ, start_response):
    start_response("fine", [PLAIN])
    return [b"never sent\n"]


def number_header(environ, start_response):
    start_response("200 OK", [PLAIN, ("X-Number", 1)])
    return [b"never sent\n"]


def header_injection(environ, start_response):
    start_response("200 OK", [PLAIN, ("X-Name", "value\r\nX-Other: value")])
    return [b"never sent\n"]


def bad_header_name(environ, start_response):
    start_response("200 OK", [PLAIN, ("X Name", "value")])
    return [b"never sent\n"]


def too_long(environ, start_response):
    """More bytes than promised: the client must get the promised ones and no more."""
    start_response("200 OK", [PLAIN, ("Content-Length", "5")])
    return [b"fine\n", b"too much\n"]


def too_short(environ, start_response):
    start_response("200 OK", [PLAIN, ("Content-Length", "100")])
    return [b"too little\n"]


def exits(environ, start_response):
    sys.exit("the application called sys.exit")


VIEWS = {
    f"/{view.__name__}": view
    for view in (
        before_head,
        before_first_item,
        after_head,
        after_head_chunked,
        in_close,
        replaced,
        replaced_too_late,
        head_twice,
        no_head,
        returns_none,
        text_item,
        number_item,
        bytes_status,
        bad_status,
        number_header,
        header_injection,
        bad_header_name,
        too_long,
        too_short,
        exits,
    )
}


def application(environ, start_response):
    return VIEWS.get(environ["PATH_INFO"], works)(environ, start_response)
