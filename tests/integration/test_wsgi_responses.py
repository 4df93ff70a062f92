# SPDX-License-Identifier: Apache-2.0
"""What the application answers with: PEP 3333's rules for start_response, write and iterables."""

import pytest
from harness.client import Ended, ProtocolError


def test_an_item_is_sent_before_the_next_is_made(serve_gates, gates, wsgi_class):
    server = serve_gates(worker_class=wsgi_class)
    with server.client() as client:
        client.request("/items?gate=gate")
        head = client.final_head()
        pieces = client.pieces(head)
        assert next(pieces) == b"first"
        assert gates.count("second") == {}
        gates.open()
        assert b"".join(pieces) == b"second"
    gates.wait_for("close")


def test_the_iterable_is_closed_once(serve_gates, gates, wsgi_class):
    server = serve_gates(worker_class=wsgi_class)
    gates.open()
    with server.client() as client:
        for number in range(5):
            assert client.get(f"/items?gate=gate&id={number}").body == b"firstsecond"
    server.stop()
    assert set(gates.count("close").values()) == {1}
    assert len(gates.count("close")) == 5


def test_the_write_callable_writes_before_the_iterable(serve, wsgi_class):
    server = serve("streams:application", worker_class=wsgi_class)
    body = server.get("/write?items=3").body
    assert body == b"item 0\nitem 1\nitem 2\nend\n"


@pytest.mark.parametrize(
    "view",
    [
        "before_head",
        "before_first_item",
        "head_twice",
        "no_head",
        "returns_none",
        "text_item",
        "number_item",
        "bytes_status",
        "bad_status",
        "number_header",
        "header_injection",
        "bad_header_name",
    ],
)
def test_an_error_before_the_head_gets_500(serve, wsgi_class, view):
    server = serve("errors:application", worker_class=wsgi_class)
    with server.client() as client:
        response = client.get(f"/{view}")
        assert response.status == 500
        assert b"never sent" not in response.body
        assert response.header("x-other") is None
    assert server.get("/").body == b"fine\n"
    server.wait_for_log(f"/{view}")
    assert "Failure" not in server.get(f"/{view}").text


def test_the_traceback_of_an_error_is_in_the_log(serve):
    server = serve("errors:application")
    server.get("/before_head")
    log = server.wait_for_log("errors.Failure: before the head")
    assert "Traceback (most recent call last)" in log
    assert "errors.py" in log


@pytest.mark.parametrize("view", ["after_head", "after_head_chunked", "too_short"])
def test_an_error_after_the_head_ends_the_connection_early(serve, wsgi_class, view):
    server = serve("errors:application", worker_class=wsgi_class)
    with server.client() as client, pytest.raises(Ended):
        client.get(f"/{view}")
    assert server.get("/").body == b"fine\n"


def test_an_error_in_close_does_not_harm_the_response(serve):
    server = serve("errors:application")
    with server.client() as client:
        assert client.get("/in_close").body == b"whole\n"
    server.wait_for_log("errors.Failure: in close")
    assert server.get("/").body == b"fine\n"


def test_exc_info_replaces_the_head(serve, wsgi_class):
    server = serve("errors:application", worker_class=wsgi_class)
    response = server.get("/replaced")
    assert (response.status, response.body) == (503, b"replaced\n")


def test_exc_info_after_a_byte_was_sent_is_raised(serve, wsgi_class):
    server = serve("errors:application", worker_class=wsgi_class)
    with server.client() as client, pytest.raises(Ended):
        client.get("/replaced_too_late")
    server.wait_for_log("errors.Failure: too late")


def test_no_more_than_content_length_is_sent(serve, wsgi_class):
    server = serve("errors:application", worker_class=wsgi_class)
    with server.client() as client:
        assert client.get("/too_long").body == b"fine\n"
        try:
            assert client.get("/").body == b"fine\n"
        except (Ended, ConnectionError):
            pass  # Ending the connection is as good; a response made of the rest is not.


def test_sys_exit_ends_the_request_and_not_the_service(serve, wsgi_class):
    server = serve("errors:application", worker_class=wsgi_class)
    with server.client() as client:
        assert client.get("/exits").status in (500, 502)
    server.wait_for_workers(1)
    assert server.get("/").body == b"fine\n"


def test_a_response_with_a_length_and_a_204_is_no_protocol_error(serve):
    server = serve("status:application")
    with server.client() as client:
        try:
            assert client.get("/204?length=5").status in (204, 500)
        except ProtocolError as error:
            pytest.fail(str(error))


def test_hop_by_hop_fields_of_the_application_do_not_change_the_framing(serve, write_app):
    folder = write_app("""
def application(environ, start_response):
    start_response("200 OK", [("Transfer-Encoding", "chunked"), ("Connection", "keep-alive")])
    return [b"not chunked by me"]
""")
    server = serve("app:application", apps=folder)
    response = server.get()
    assert response.status in (200, 500)
    if response.status == 200:
        assert response.body == b"not chunked by me"


def test_many_fields_and_cookies_arrive_in_order(serve, write_app):
    folder = write_app("""
def application(environ, start_response):
    fields = [("Set-Cookie", f"name{n}={'v' * 100}") for n in range(100)]
    start_response("200 OK", fields)
    return [b"ok"]
""")
    cookies = serve("app:application", apps=folder).get().all("set-cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == [f"name{n}" for n in range(100)]


def test_latin_1_in_fields_and_reason_arrives_unchanged(serve, write_app):
    folder = write_app("""
def application(environ, start_response):
    start_response("200 D'accord", [("X-Name", "caf\\u00e9"), ("Content-Length", "0")])
    return []
""")
    response = serve("app:application", apps=folder).get()
    assert (response.reason, response.header("x-name")) == ("D'accord", "caf\u00e9")


def test_an_empty_iterable_is_an_empty_response(serve, wsgi_class, write_app):
    folder = write_app("""
def application(environ, start_response):
    start_response("200 OK", [])
    return [] if environ["PATH_INFO"] == "/list" else (item for item in [b"", b""])
""")
    server = serve("app:application", worker_class=wsgi_class, apps=folder)
    with server.client() as client:
        for target in ("/list", "/generator"):
            response = client.get(target)
            assert (response.status, response.body) == (200, b"")
        assert not response.closes
