# SPDX-License-Identifier: Apache-2.0
"""The Django shop: sessions, CSRF, uploads, streams, templates, a database."""

import csv
import hashlib
import io
import json
import os
import re
import subprocess

import pytest
from harness.server import PYTHON, TOP

SHOP = TOP / "tests" / "apps" / "shop"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A migrated and seeded database in a folder of its own."""
    pytest.importorskip("django")
    folder = tmp_path_factory.mktemp("shop")
    variables = os.environ | {"SHOP_DATA_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    for command in (["migrate"], ["seed"]):
        subprocess.run(
            [PYTHON, "manage.py", *command], cwd=SHOP, env=variables, check=True, timeout=100,
            capture_output=True,
        )
    return folder


@pytest.fixture
def shop(serve, worker_class, data):
    return serve(
        "shop.wsgi:application",
        worker_class=worker_class,
        workers=2,
        apps=SHOP,
        variables={"SHOP_DATA_DIR": str(data), "SHOP_ALLOWED_HOSTS": "test.example"},
    )


class Browser:
    """A client that keeps cookies."""

    def __init__(self, client):
        self.client = client
        self.cookies: dict[str, str] = {}

    def get(self, target: str, **options):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = options.pop("headers", ()) + ((("Cookie", cookies),) if cookies else ())
        response = self.client.get(target, headers=headers, **options)
        for cookie in response.all("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response

    def post(self, target: str, form: dict[str, str]):
        from urllib.parse import urlencode

        headers = (("Content-Type", "application/x-www-form-urlencoded"),)
        return self.get(target, method="POST", headers=headers, body=urlencode(form).encode())


def first_product(client) -> dict:
    return json.loads(client.get("/api/products/").body)["products"][0]


def test_the_pages_are_shown(shop):
    with shop.client() as client:
        products = client.get("/")
        assert products.status == 200
        assert client.get(first_product(client)["url"]).status == 200
        assert client.get("/search/?q=a").status == 200
        assert client.get("/no-such-page/").status == 404
        assert json.loads(client.get("/health/").body)["status"] == "ok"
        assert json.loads(client.get("/cpu/?limit=1000").body)["primes"] == 168


def test_a_form_with_csrf_and_session_works(shop):
    with shop.client() as client:
        browser = Browser(client)
        product = first_product(client)
        token = TOKEN.search(browser.get(product["url"]).text)[1]
        form = {"csrfmiddlewaretoken": token, "quantity": "2"}
        assert browser.post(f"/cart/add/{product['slug']}/", form).status == 302
        cart = browser.get("/cart/")
        assert product["name"] in cart.text.replace("&#x27;", "'").replace("&amp;", "&")
        form["csrfmiddlewaretoken"] = "wrong" * 8
        assert browser.post(f"/cart/add/{product['slug']}/", form).status == 403


def test_an_upload_comes_back_unchanged(shop):
    photo = b"\x89PNG\r\n\x1a\n" + os.urandom(5_000_000)
    with shop.client() as client:
        browser = Browser(client)
        product = first_product(client)
        page = browser.get(product["url"])
        boundary = "boundary-of-the-test"
        parts = [("csrfmiddlewaretoken", "", TOKEN.search(page.text)[1].encode())]
        parts += [("file", '; filename="photo.png"\r\nContent-Type: image/png', photo)]
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()
            + content
            + b"\r\n"
            for name, more, content in parts
        )
        body += f"--{boundary}--\r\n".encode()
        answer = browser.get(
            f"{product['url']}photos/",
            method="POST",
            headers=(("Content-Type", f"multipart/form-data; boundary={boundary}"),),
            body=body,
        )
        assert answer.status == 302, answer.text
        number = max(map(int, re.findall(r"/photos/(\d+)/", browser.get(product["url"]).text)))
        shown = browser.get(f"/photos/{number}/")
        assert shown.header("content-type") == "image/png"
        assert hashlib.sha256(shown.body).digest() == hashlib.sha256(photo).digest()


def test_the_csv_is_streamed_whole(shop):
    with shop.client() as client:
        response = client.get("/products.csv")
        rows = list(csv.DictReader(io.StringIO(response.text)))
        assert len(rows) == json.loads(client.get("/api/products/").body)["count"]


def test_nothing_is_logged_as_an_error(shop):
    with shop.client() as client:
        assert client.get("/").status == 200
    shop.stop()
    assert "[ERROR]" not in shop.log
    assert "Traceback" not in shop.log
