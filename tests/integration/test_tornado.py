# SPDX-License-Identifier: Apache-2.0
"""Worker class tornado: a tornado.web.Application by Tornado's own interface, WSGI applications in
its loop; how its workers live."""

import json
import os
import signal

import pytest
from harness.client import Ended
from harness.load import KeepAliveLoad
from harness.server import APPS
from harness.waiting import stays_true, wait_until

tornado = pytest.importorskip("tornado")

MEBIBYTE = 1 << 20
FOLDER = APPS.parent / "tornado"
BLOCK = bytes(range(256)) * 256
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


# Requests.


def test_a_request_says_what_tornado_s_own_server_says(site):
    server = site()
    headers = (("Host", "shop.example:81"), ("X-Twice", "1"), ("X-TWICE", "2"), ("X-Raw", "\u00e9"))
    said = json.loads(server.get("/request?a=1&a=%C3%A9&b", headers=headers).text)
    assert said == {
        "method": "GET",
        "uri": "/request?a=1&a=%C3%A9&b",
        "path": "/request",
        "query": "a=1&a=%C3%A9&b",
        "version": "HTTP/1.1",
        "remote_ip": "127.0.0.1",
        "protocol": "http",
        "host": "shop.example:81",
        "headers": [
            ["Host", "shop.example:81"],
            ["X-Raw", "\u00e9"],
            ["X-Twice", "1"],
            ["X-Twice", "2"],
        ],
        "arguments": {"a": ["1", "\u00e9"], "b": [""]},
    }


def test_what_a_client_says_of_itself_is_only_a_header(site):
    headers = (("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"))
    said = json.loads(site().get("/request", headers=headers).text)
    assert (said["remote_ip"], said["protocol"]) == ("127.0.0.1", "http")
    assert ["X-Forwarded-For", "203.0.113.7"] in said["headers"]


def test_clients_of_a_unix_socket_have_tornado_s_word_for_an_address(site, tmp_path):
    said = json.loads(site("--bind", f"unix:{tmp_path / 'socket'}").get("/request").text)
    assert said["remote_ip"] == "0.0.0.0"


def test_a_host_that_is_none_is_refused_with_400(site):
    server = site()
    response = server.get("/request", headers=(("Host", "a b,c"),))
    assert response.status == 400
    assert "Traceback" not in server.log


def test_http_1_0_and_connections_that_are_kept(site):
    server = site()
    with server.client() as client:
        answer = client.get("/request", version="1.0", headers=(("Connection", "keep-alive"),))
        assert not answer.closes
        assert json.loads(answer.text)["version"] == "HTTP/1.0"
        assert client.get("/").text == client.get("/").text
        assert client.get("/", version="1.0").closes
        assert client.ended()


def test_many_handlers_wait_at_once(site):
    server = site()
    clients = [server.client() for _ in range(20)]
    for client in clients:
        client.request("/nap?seconds=1")
    with server.client() as other:
        assert other.get("/").status == 200
    assert {client.response().text for client in clients} == {"awake"}
    for client in clients:
        client.close()


def test_forms_json_and_uploads_are_parsed(site):
    server = site()
    with server.client() as client:
        form = client.get("/form", method="POST", headers=FORM, body=b"a=1&a=2&b=%C3%A9")
        assert json.loads(form.text)["arguments"] == {"a": ["1", "2"], "b": ["\u00e9"]}
        put = client.get("/form", method="PUT", body=b'{"x": [1, 2]}')
        assert json.loads(put.text) == {"body": 13, "json": {"x": [1, 2]}}
        boundary = (("Content-Type", "multipart/form-data; boundary=limit"),)
        answer = json.loads(
            client.get("/form", method="POST", headers=boundary, body=multipart()).text
        )
    assert answer["arguments"] == {"title": ["A picture"]}
    assert answer["files"] == [
        {"field": "file", "name": "picture.png", "type": "image/png", "size": 2_000_000}
    ]


def multipart() -> bytes:
    return (
        b'--limit\r\nContent-Disposition: form-data; name="title"\r\n\r\nA picture\r\n'
        b'--limit\r\nContent-Disposition: form-data; name="file"; filename="picture.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + bytes(2_000_000) + b"\r\n--limit--\r\n"
    )


def test_a_streamed_body_of_20_mib_stays_out_of_memory(site):
    server = site("--router-memory", "8MiB")
    (worker,) = server.workers()
    size = 20 * MEBIBYTE
    with server.client() as client:
        assert client.get("/upload", method="POST", body=b"x").status == 200
        before = peak_memory(worker)
        answer = json.loads(client.get("/upload", method="POST", body=bytes(size)).text)
    assert answer["size"] == size and answer["pieces"] > 50
    assert peak_memory(worker) - before < 8 * MEBIBYTE


def test_a_streaming_handler_sees_a_body_while_it_arrives(site, gates):
    server = site()
    with server.client() as client:
        client.request("/upload", "POST", (("Content-Length", "30"),))
        for number in (1, 2, 3):
            client.send(b"x" * 10)
            gates.wait_for("piece", times=number)
        assert json.loads(client.response().body) == {"size": 30, "pieces": 3}
        client.request("/upload", "POST", (("Content-Length", "30"),))
        client.send(b"x" * 10)
        gates.wait_for("piece", times=4)
    gates.wait_for("upload-left")


def peak_memory(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        (line,) = (line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_a_streaming_handler_may_refuse_before_the_body_and_limit_it(site):
    server = site()
    with server.client() as client:
        assert client.get("/upload?refuse=1", method="POST", body=bytes(200_000)).status == 403
        assert client.get("/upload?limit=1000", method="POST", body=bytes(1000)).status == 200
        assert client.get("/upload?limit=1000", method="POST", body=bytes(200_000)).status == 400
        assert client.get("/").status == 200


# Responses.


def test_flush_waits_for_a_reader_that_is_slow(site, gates):
    server = site("--router-memory", "8MiB", "--spool-limit", "0")
    count = 800
    with server.client(receive=16 * 1024) as client:
        client.request(f"/blocks?count={count}")
        gates.wait_for("first")
        assert stays_true(lambda: not gates.count("written"), 0.5)
        (worker,) = server.workers()
        assert peak_memory(worker) < 150 * MEBIBYTE
        body = b"".join(client.pieces(client.final_head()))
    assert body == BLOCK * count
    gates.wait_for("written")


def test_a_handler_hears_that_its_client_has_left(site, gates):
    server = site()
    with server.client() as client:
        client.request("/wait")
        gates.wait_for("start")
    gates.wait_for("closed")
    gates.wait_for("finished")


def test_writing_to_a_client_that_has_left_fails(site, gates):
    server = site()
    with server.client() as client:
        client.request("/endless")
        assert next(client.pieces(client.final_head())).startswith(b"data: 1")
        client.reset()
    gates.wait_for("stream-closed")
    assert server.get("/").status == 200


def test_static_files_have_etags_ranges_and_times(site):
    server = site()
    with server.client() as client:
        whole = client.get("/static/letters.txt")
        assert whole.status == 200 and len(whole.body) == 37
        same = client.get("/static/letters.txt", headers=(("If-None-Match", whole.header("etag")),))
        assert (same.status, same.body) == (304, b"")
        since = (("If-Modified-Since", whole.header("last-modified")),)
        assert client.get("/static/letters.txt", headers=since).status == 304
        part = client.get("/static/letters.txt", headers=(("Range", "bytes=10-12"),))
        assert (part.status, part.text) == (206, "abc")
        assert part.header("content-range") == "bytes 10-12/37"
        wrong = client.get("/static/letters.txt", headers=(("Range", "bytes=100-200"),))
        assert wrong.status == 416
        head = client.get("/static/letters.txt", method="HEAD")
        assert (head.header("content-length"), head.body) == ("37", b"")
        assert client.get("/static/none.txt").status == 404


def test_redirects_cookies_and_statuses(site):
    server = site()
    with server.client() as client:
        answer = client.get("/redirect")
        assert (answer.status, answer.header("location")) == (302, "/request?from=redirect")
        answer = client.get("/headers")
        assert answer.all("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]
        assert answer.header("x-raw") == "\u00e9"
        assert client.get("/headers", method="HEAD").header("content-length") == "7"
        for code in (200, 204, 304, 404, 599):
            assert client.get(f"/status/{code}").status == code
        assert client.get("/status/200", method="POST", body=b"").status == 405
        etag = client.get("/").header("etag")
        assert client.get("/", headers=(("If-None-Match", etag),)).status == 304


def test_xsrf_cookies_protect_forms(serve_tornado):
    server = serve_tornado("handlers:guarded")
    with server.client() as client:
        assert client.get("/token", method="POST", headers=FORM, body=b"").status == 403
        answer = client.get("/token")
        cookie = (("Cookie", answer.header("set-cookie").partition(";")[0]),)
        body = b"_xsrf=" + answer.body
        assert client.get("/token", method="POST", headers=FORM + cookie, body=body).text == "accepted"


def test_what_a_handler_raises_is_an_error_page_and_logged_by_tornado(site):
    server = site()
    with server.client() as client:
        answer = client.get("/fail/early")
        assert answer.status == 500 and "<title>500: Internal Server Error" in answer.text
        assert client.get("/fail/http").status == 418
        assert "404: Not Found" in client.get("/nowhere").text
    server.wait_for_log("ValueError: this handler always fails")
    assert server.log.count("ValueError: this handler always fails") == 1
    assert "Error handling request" not in server.log


def test_a_response_that_is_not_whole_does_not_look_so(site):
    server = site()
    with server.client() as client, pytest.raises(Ended):
        client.get("/short")
    server.wait_for_log("shorter than its Content-Length")


def test_a_handler_that_fails_after_its_head_ends_the_response(site):
    server = site()
    with server.client() as client:
        assert client.get("/fail/late").text == "some"
    server.wait_for_log("Cannot send error response after headers written")


def test_requests_are_logged_by_the_router_and_not_twice(site):
    server = site(variables={"LOG_ALL": "1"})
    assert server.get("/nowhere").status == 404
    server.wait_for_access("/nowhere")
    assert "/nowhere (" not in server.log


# WSGI.


def test_a_wsgi_application_runs_in_the_loop(serve_tornado):
    server = serve_tornado("other:wsgi")
    with server.client() as client:
        answer = client.get("/some/path")
        assert (answer.text, answer.header("content-type")) == ("/some/path", "text/plain")
        assert client.get("/x", method="HEAD").body == b""


def test_flask_runs_unmodified(serve_tornado):
    pytest.importorskip("flask")
    server = serve_tornado("flask_app:application", apps=APPS / "frameworks")
    assert server.get("/hello/w%C3%B6rld").text == "Hello, w\u00f6rld!"


def test_blanks_around_the_value_of_a_header_are_left_out(serve_tornado):
    answer = serve_tornado("other:cookie").get("/")
    assert (answer.status, answer.header("set-cookie")) == (200, "flavour=plain")


@pytest.mark.parametrize("name", ["failing", "failing_threads"])
def test_a_wsgi_application_that_raises_is_answered_with_500(serve_tornado, name):
    server = serve_tornado(f"other:{name}")
    with server.client() as client:
        assert client.get("/").status == 500
        assert client.get("/").status == 500
    assert server.wait_for_log("RuntimeError: this application always fails", times=2)


@pytest.mark.parametrize("name", ["container", "threaded", "router"])
def test_containers_and_routers_of_tornado_s_are_applications(serve_tornado, name):
    assert serve_tornado(f"other:{name}").get("/wsgi/here").text == "/wsgi/here"


# Starting.


def test_an_asgi_application_is_refused_at_the_start(serve_tornado):
    server = serve_tornado("other:asgi", ready=False)
    assert server.wait_for_exit() != 0
    assert "is an ASGI application" in server.log
    assert "use --worker-class asgi" in server.log


@pytest.mark.parametrize("worker_class", ["sync", "gthread"])
def test_other_classes_say_which_class_runs_a_tornado_application(serve, worker_class):
    server = serve("handlers:application", worker_class=worker_class, apps=FOLDER, ready=False)
    assert server.wait_for_exit() != 0
    assert f"which the worker class {worker_class} cannot run; use --worker-class tornado" in server.log


def test_an_environment_without_tornado_is_told_what_to_install(serve, tmp_path):
    (tmp_path / "tornado.py").write_text("raise ImportError('no such package')\n")
    server = serve(
        "hello:application", "--pythonpath", str(tmp_path), worker_class="tornado", ready=False
    )
    assert server.wait_for_exit() != 0
    assert "pip install tornado" in server.log


@pytest.mark.parametrize(
    "alias", ["gunicorn.workers.gtornado.TornadoWorker", "egg:gunicorn#tornado"]
)
def test_gunicorn_s_names_mean_the_same_class(serve, alias):
    server = serve("handlers:application", "--worker-class", alias, worker_class="sync", apps=FOLDER)
    assert server.scoreboard.workers()[0].worker_class == "tornado"


def test_the_ioloop_taken_at_import_is_the_one_that_serves(serve_tornado):
    assert serve_tornado("importing:application").get("/").text == "same=True ran=True"


def test_a_preloaded_application_has_its_loop_in_the_worker(site):
    server = site("--preload", workers=2)
    with server.client() as client:
        assert {client.get("/nap?seconds=0.01").text for _ in range(10)} == {"awake"}


def test_an_ioloop_taken_before_the_fork_does_not_serve(serve_tornado):
    server = serve_tornado("importing:application", "--preload", workers=2)
    assert {server.get("/").text for _ in range(6)} == {"same=False ran=False"}


# Living.


def test_max_requests_replaces_workers_without_a_failed_request(site):
    server = site("--max-requests", "10", workers=2)
    with server.client() as client:
        wait_until(
            lambda: client.get("/").status == 200 and server.log.count("Booting worker") > 4,
            "replaced workers",
        )


def test_reloads_under_load_fail_no_request(site):
    server = site("--keep-alive", "60", workers=2)
    with KeepAliveLoad(server) as load:
        for _ in range(2):
            old = set(server.workers())
            server.signal(signal.SIGHUP)
            server.wait_for_other_workers(2, old)
            load.wait_for_more()
    assert load.problems == []


def test_a_reload_lets_running_handlers_end(site, gates):
    server = site()
    (old,) = server.workers()
    with server.client() as client:
        client.request("/wait")
        gates.wait_for("start")
        server.signal(signal.SIGHUP)
        wait_until(lambda: server.workers() not in ([], [old]), "a new worker")
        gates.open()
        assert client.response().text == str(old)
    server.wait_for_workers(1)


def test_a_killed_worker_is_replaced(site, gates):
    server = site()
    (old,) = server.workers()
    with server.client() as client:
        client.request("/wait")
        gates.wait_for("start")
        os.kill(old, signal.SIGKILL)
        assert client.response().status == 502
    server.wait_for_other_workers(1, {old})
    assert server.get("/").status == 200


def test_the_loop_is_measured(site):
    server = site()
    assert server.scoreboard.workers()[0].worker_class == "tornado"
    for _ in range(5):
        server.get("/")
    wait_until(lambda: server.scoreboard.worker(0, "loop_busy_nanoseconds") > 0, "busy time")


def test_a_wsgi_application_changes_between_tornado_and_threads_while_it_runs(serve_tornado):
    server = serve_tornado("other:wsgi", "--keep-alive", "60")
    with KeepAliveLoad(server, target="/x") as load, server.control() as control:
        for name in ("gthread", "tornado"):
            answer = control.apply(worker_class=name)
            assert answer.ok, answer.message
            wait_until(lambda name=name: classes(server) == {name}, f"workers of class {name}")
            load.wait_for_more()
    assert load.problems == []


def test_a_change_that_a_tornado_application_cannot_follow_is_taken_back(site):
    server = site("--keep-alive", "60")
    with KeepAliveLoad(server) as load, server.control() as control:
        control.apply(worker_class="gthread")
        server.wait_for_log("which the worker class gthread cannot run")
        load.wait_for_more()
    assert load.problems == []
    assert classes(server) == {"tornado"}


def classes(server) -> set[str]:
    return {row.worker_class for row in server.scoreboard.workers() if row.state == "ready"}
