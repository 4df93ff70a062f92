# SPDX-License-Identifier: Apache-2.0
"""What the application is given: PEP 3333, RFC 3875, and Gunicorn's additions."""

import json

import pytest


def environ_of(server, target="/", **options) -> dict:
    return json.loads(server.get(target, **options).body)["environ"]


def test_the_environ_is_complete_and_exact(serve, wsgi_class):
    server = serve("echo:application", worker_class=wsgi_class)
    fields = (
        ("Host", "shop.example:1234"),
        ("Accept", "*/*"),
        ("X-Twice", "1"),
        ("x-twice", "2"),
        ("Cookie", "a=1"),
        ("Cookie", "b=2"),
        ("Content-Type", "text/plain"),
    )
    with server.client() as client:
        client.request("/a%20b/%C3%A9;p?x=%20&y", "POST", fields, b"hello")
        environ = json.loads(client.response().body)["environ"]
        host, port = client.socket.getsockname()
    assert environ.pop("SERVER_SOFTWARE").startswith("monoceros/")
    errors = environ.pop("wsgi.errors")
    assert errors.startswith("<")
    objects = {"wsgi.input", "wsgi.file_wrapper", "wsgi.early_hints"}
    assert objects <= environ.keys()
    assert {k: v for k, v in environ.items() if k not in objects} == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a b/\u00c3\u00a9;p",
        "QUERY_STRING": "x=%20&y",
        "RAW_URI": "/a%20b/%C3%A9;p?x=%20&y",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(server.address[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": host,
        "REMOTE_PORT": str(port),
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "5",
        "HTTP_HOST": "shop.example:1234",
        "HTTP_ACCEPT": "*/*",
        "HTTP_X_TWICE": "1,2",
        "HTTP_COOKIE": "a=1; b=2",
        "wsgi.version": [1, 0],
        "wsgi.url_scheme": "http",
        "wsgi.multithread": wsgi_class != "sync",
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }


def test_absent_fields_have_no_keys(serve):
    environ = environ_of(serve("echo:application"), version="1.0")
    absent = {"CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_HOST", "HTTP_CONTENT_LENGTH"}
    assert not absent & environ.keys()
    assert environ["QUERY_STRING"] == ""
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.0"


def test_no_request_sees_what_the_one_before_it_had(serve):
    server = serve("echo:application")
    with server.client() as client:
        client.get("/1?a=b", headers=(("X-Secret", "1"),), method="POST", body=b"abc")
        environ = json.loads(client.get("/2").body)["environ"]
    assert not {"HTTP_X_SECRET", "CONTENT_LENGTH", "CONTENT_TYPE"} & environ.keys()
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == ("/2", "")


def test_the_environ_is_the_applications_own_dict(serve, write_app):
    folder = write_app("""
seen = []

def application(environ, start_response):
    assert type(environ) is dict
    assert "mine" not in environ, "left by the request before"
    environ["mine"] = 1
    environ["HTTP_HOST"] = "changed"
    environ.pop("wsgi.url_scheme")
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
""")
    server = serve("app:application", apps=folder)
    with server.client() as client:
        assert [client.get().status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    ("target", "path"),
    [("/", "/"), ("/%2F", "//"), ("/a%00b", None), ("/%zz", None), ("//a//b", "//a//b")],
)
def test_paths_are_decoded_once(serve, target, path):
    server = serve("echo:application")
    response = server.get(target)
    if path is None:
        assert response.status in (200, 400)
    else:
        assert json.loads(response.body)["environ"]["PATH_INFO"] == path


def test_an_absolute_target_gives_path_and_host(serve):
    environ = environ_of(serve("echo:application"), "http://shop.example/path?q=1")
    assert environ["PATH_INFO"] == "/path"
    assert environ["QUERY_STRING"] == "q=1"


def test_options_star_reaches_the_application(serve):
    server = serve("echo:application")
    response = server.get("*", method="OPTIONS")
    assert response.status == 200
    assert json.loads(response.body)["environ"]["RAW_URI"] == "*"


def test_unusual_methods_reach_the_application(serve):
    server = serve("echo:application")
    with server.client() as client:
        for method in ("PUT", "DELETE", "PATCH", "PROPFIND", "OPTIONS"):
            assert json.loads(client.get("/", method=method).body)["method"] == method


def test_the_whole_input_can_be_read_in_every_way(serve, wsgi_class, write_app):
    folder = write_app("""
def application(environ, start_response):
    stream = environ["wsgi.input"]
    got = {
        "/read": lambda: stream.read(),
        "/read_all": lambda: stream.read(-1),
        "/read_some": lambda: stream.read(3) + b"|" + stream.read(0) + stream.read(100),
        "/readline": lambda: b"|".join([stream.readline(), stream.readline(2), stream.readline()]),
        "/readlines": lambda: b"|".join(stream.readlines()),
        "/iterate": lambda: b"|".join(stream),
        "/after_the_end": lambda: b"".join([stream.read(), stream.read(5), stream.readline()]),
        "/not_at_all": lambda: b"nothing",
    }[environ["PATH_INFO"]]()
    start_response("200 OK", [("Content-Length", str(len(got)))])
    return [got]
""")
    server = serve("app:application", worker_class=wsgi_class, apps=folder)
    body = b"one\ntwo\nthree"
    expected = {
        "/read": body,
        "/read_all": body,
        "/read_some": b"one|\ntwo\nthree",
        "/readline": b"one\n|tw|o\n",
        "/readlines": b"one\n|two\n|three",
        "/iterate": b"one\n|two\n|three",
        "/after_the_end": body,
        "/not_at_all": b"nothing",
    }
    with server.client() as client:
        for path, wanted in expected.items():
            assert client.get(path, method="POST", body=body).body == wanted, path


def test_the_input_of_a_request_without_a_body_is_empty(serve):
    server = serve("echo:application")
    assert server.get("/body").body == b""


@pytest.mark.parametrize("module", ["hello", "echo", "streams", "status"])
def test_wsgiref_validate_has_no_complaint(serve, wsgi_class, module):
    server = serve(f'validated:make("{module}")', worker_class=wsgi_class)
    requests = {
        "hello": ["/"],
        "echo": ["/", "/lines", "/digest"],
        "streams": ["/generator", "/trickle?items=2", "/write", "/large", "/chunks", "/file"],
        "status": ["/200", "/404", "/304"],
    }[module]
    with server.client() as client:
        for target in requests:
            assert client.get(target).status == (int(target[1:]) if module == "status" else 200)
        if module == "echo":
            lines = client.get("/lines", method="POST", body=b"a\nb")
            assert json.loads(lines.body) == ["a\n", "b"]
            chunked = client.get("/digest", method="POST", body=b"a" * 3_000_000)
            assert json.loads(chunked.body)["length"] == 3_000_000
        if module != "status":
            assert client.get(requests[0], method="HEAD").status == 200
    server.stop()
    assert "Error" not in server.log
    assert "garbage collected" not in server.log


def test_threads_of_a_worker_run_together(serve_gates, gates):
    server = serve_gates(worker_class="gthread")
    clients = [server.client() for _ in range(4)]
    for number, client in enumerate(clients):
        client.request(f"/wait?gate=gate&id={number}")
        gates.wait_for("start", str(number))
    with server.client() as fifth:
        fifth.request("/?id=fifth")
        gates.open()
        assert fifth.response().status == 200
    assert {client.response().status for client in clients} == {200}
    started = [name for event, name, _ in gates.journal() if event == "start"]
    assert started == ["0", "1", "2", "3", "fifth"]
    for client in clients:
        client.close()


def test_sync_with_threads_is_gthread(serve_gates, gates):
    server = serve_gates("--threads", "2")
    assert "Using worker: gthread" in server.log
    clients = [server.client() for _ in range(2)]
    for number, client in enumerate(clients):
        client.request(f"/wait?gate=gate&id={number}")
        gates.wait_for("start", str(number))
    gates.open()
    assert {client.response().status for client in clients} == {200}
    for client in clients:
        client.close()


def test_a_sync_worker_runs_the_application_in_its_main_thread(serve, write_app):
    folder = write_app("""
import threading

def application(environ, start_response):
    main = threading.current_thread() is threading.main_thread()
    start_response("200 OK", [("Content-Length", "1")])
    return [b"1" if main and threading.active_count() == 1 else b"0"]
""")
    assert serve("app:application", apps=folder).get().body == b"1"
