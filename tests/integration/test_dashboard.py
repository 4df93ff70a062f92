# SPDX-License-Identifier: Apache-2.0
"""The dashboard in a real Chromium, over real servers under load.

With MONOCEROS_SCREENSHOTS=1 the pictures in docs/screenshots are made anew.
"""

import os
import re
import signal
import subprocess

import pytest
from harness.server import TOP
from harness.waiting import wait_until
from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
GTHREAD = ("--worker-class", "gthread", "--threads", "4")
HTTP = re.compile(r"Agent listening at: (http://\S+)")
SHOTS = TOP / "docs" / "screenshots"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        # Root, as in CI, has no sandbox.
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def serve_agent(serve):
    """A server with its agent, and the address of the page."""

    def start(application="sleepy:application", *arguments, workers=2):
        server = serve(
            application, *GTHREAD, "--agent-bind", "127.0.0.1:0", *arguments, agent=True,
            workers=workers,
        )  # fmt: skip
        return server, wait_until(lambda: HTTP.search(server.log), "the agent's address")[1]

    return start


@pytest.fixture
def look(browser):
    """look(address): the page, once it has shown a status. A script's error fails the test."""
    contexts, errors = [], []

    def open_page(address: str, ready: bool = True, **options) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        wait_until(lambda: _opens(page, address), "the page")
        if ready:
            expect(page.locator("#state")).to_have_text("ready")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def _opens(page: Page, address: str) -> bool:
    try:
        return page.goto(address).ok
    except Exception:  # noqa: BLE001  (the agent is not there yet)
        return False


class Load:
    """wrk in the background."""

    def __init__(self, server, target: str, connections: int):
        host, port = server.address
        url = f"http://{host}:{port}{target}"
        command = ["wrk", "-t1", f"-c{connections}", "-d120", url]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.process.terminate()
        self.process.wait()


def fact(page: Page, name: str):
    return page.locator(f'[data-field="{name}"]')


def tile(page: Page, name: str):
    return page.locator(f'[data-tile="{name}"] dd')


def test_the_page_shows_what_the_agent_says(serve_agent, look):
    server, address = serve_agent()
    for _ in range(5):
        server.get()
    page = look(address)
    status = page.evaluate("fetch('/api/status').then((answer) => answer.json())")
    expect(fact(page, "worker_class")).to_have_text(status["worker_class"])
    expect(fact(page, "workers_ready")).to_have_text("2")
    expect(fact(page, "threads_wanted")).to_have_text("4")
    expect(tile(page, "busy slots")).to_have_text("0 of 8")
    expect(page.locator("#rows tr")).to_have_count(2)
    expect(page.locator("#diagnosis")).to_contain_text("Idle")


def test_a_running_request_is_shown_with_its_worker_and_its_stack(serve_agent, look):
    server, address = serve_agent()
    page = look(address)
    with Load(server, "/slow?ms=3000", 1):
        row = page.locator("#rows tr", has_text="GET /slow")
        expect(row).to_have_count(1)
        row.get_by_role("button", name="Stacks").click()
        expect(page.locator("#stacks-threads")).to_contain_text("sleepy.py:")
        page.keyboard.press("Escape")
        expect(page.locator("#stacks")).not_to_be_visible()
        row.locator('[data-action="threads"]').click()
        expect(page.locator("#rows tr.thread")).to_have_count(4)


def test_a_site_that_waits_for_the_gil_is_told_so(serve_agent, look, write_app):
    folder = write_app("""
def application(environ, start_response):
    total = sum(n * n for n in range(200_000))
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
""")
    server, address = serve_agent("app:application", "--chdir", str(folder), workers=1)
    page = look(address)
    with Load(server, "/", 4):
        diagnosis = page.locator("#diagnosis")
        expect(diagnosis).to_contain_text("Threads wait for the GIL", timeout=30_000)
        expect(diagnosis).to_contain_text("add workers")


def test_threads_change_live_from_the_page(serve_agent, look):
    server, address = serve_agent()
    page = look(address)
    workers = set(server.workers())
    page.locator("#set-threads").fill("7")
    page.get_by_role("button", name="Set threads").click()
    page.locator("#confirm-yes").click()
    expect(page.locator("#notice-text")).to_contain_text("7 threads")
    expect(fact(page, "threads_wanted")).to_have_text("7")
    assert set(server.workers()) == workers


def test_what_the_server_refuses_is_shown(serve_agent, look):
    _, address = serve_agent()
    page = look(address)
    page.locator("#set-workers").fill("100000")
    page.get_by_role("button", name="Set workers").click()
    page.locator("#confirm-yes").click()
    expect(page.locator("#notice")).to_have_class("bad")
    expect(page.locator("#notice-text")).to_contain_text("workers")


def test_a_change_needs_the_change_token(serve_agent, look, tmp_path):
    token = tmp_path / "token"
    token.write_text("correct horse")
    server, address = serve_agent(
        "sleepy:application", "--control-change-token-file", str(token), workers=1
    )
    page = look(address)
    page.locator("#set-workers").fill("2")
    page.get_by_role("button", name="Set workers").click()
    page.locator("#confirm-yes").click()
    for attempt in ("wrong", "correct horse"):
        expect(page.locator("#token")).to_be_visible()
        refused = re.compile("^This token was refused" if attempt != "wrong" else "^(?!This)")
        expect(page.locator("#token-text")).to_have_text(refused)
        page.locator("#token-value").fill(attempt)
        page.locator("#token-value").press("Enter")
    expect(page.locator("#notice-text")).to_contain_text("2 workers")
    server.wait_for_workers(2)


def test_the_keyboard_is_enough(serve_agent, look):
    server, address = serve_agent()
    page = look(address)
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("#rows tr.chosen")).to_have_attribute("data-slot", "1")
    old = server.workers()
    page.keyboard.press("x")
    expect(page.locator("#confirm-title")).to_contain_text("Restart worker 1?")
    page.locator("#confirm-yes").press("Enter")
    wait_until(lambda: len(set(server.wait_for_workers(2)) - set(old)) == 1, "one new worker")
    page.keyboard.press("w")
    expect(page.locator("#set-workers")).to_be_focused()


def test_dark_and_light_follow_the_system_and_the_button(serve_agent, look):
    _, address = serve_agent()
    page = look(address, color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.locator("#theme").click()
    assert page.evaluate(ground) != dark
    assert look(address, color_scheme="light").evaluate(ground) == page.evaluate(ground)


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_is_wider_than_the_screen(serve_agent, look, width):
    _, address = serve_agent()
    page = look(address, viewport={"width": width, "height": 800})
    expect(page.locator("#rows tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_comes_back_after_the_agent_died(serve_agent, look):
    server, address = serve_agent()
    page = look(address)
    os.kill(server.find_agent(), signal.SIGKILL)
    expect(page.locator("#lost")).to_be_visible()
    expect(page.locator("body")).to_have_class("stale")
    expect(page.locator("#lost")).not_to_be_visible(timeout=30_000)
    expect(page.locator("body")).not_to_have_class("stale")


def test_nothing_is_loaded_from_elsewhere(serve_agent, look, browser):
    _, address = serve_agent()
    context = browser.new_context()
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#state")).to_have_text("ready")
    context.close()
    assert {url for url in asked if not url.startswith((address, "data:"))} == set()


# The contrast of every visible text, as WCAG computes it; those below AA.
CONTRAST = """() => {
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (color) => color.match(/[\\d.]+/g).slice(0, 3).map(Number).map(channel)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) {
    const color = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(color)) return color; } return 'rgb(255, 255, 255)'; };
  const texts = 'h2, dt, dd, .note, td, th, button, label, #state, #diagnosis';
  return [...document.querySelectorAll(texts)]
    .filter((e) => e.checkVisibility() && e.textContent.trim())
    .map((e) => {
      const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
      return [(a + 0.05) / (b + 0.05), e.textContent.trim()]; })
    .filter(([ratio]) => ratio < 4.5); }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(serve_agent, look, scheme):
    _, address = serve_agent()
    assert look(address, color_scheme=scheme).evaluate(CONTRAST) == []


SENTENCES = {
    "Idle": {},
    "All is well": {"busy": 1, "requests_per_second": 3},
    "Not ready (starting): no worker": {"state": "starting", "reasons": ["no worker is ready"]},
    "GIL: 62 %": {"gil_wait_seconds": 6.2},
    "wait for a CPU: 50 %": {"run_queue_seconds": 5},
    "mostly computing (CPU 90 %": {"cpu_seconds": 9, "busy": 4},
    "mostly waiting": {"busy": 4, "queued": 3},
    "10 % of the answers": {"requests": "100", "responses_5xx": "10"},
}


@pytest.mark.parametrize("said", SENTENCES)
def test_the_sentence_follows_from_two_statuses(browser, said):
    given = dict(SENTENCES[said])
    worker = {"slot": 0, "pid": 1, "busy_seconds": 10}
    for name in [name for name in given if name.endswith("_seconds")]:
        worker[name] = given.pop(name)
    now = {"at": "2026-01-01T00:00:05Z", "state": "ready", "slots": 4, **given, "workers": [worker]}
    before = {"at": "2026-01-01T00:00:00Z", "workers": [{"slot": 0, "pid": 1}]}
    page = browser.new_page()
    page.add_script_tag(path=TOP / "server/agent/dashboard/model.js")
    assert said in page.evaluate("(pair) => diagnose(...pair).text", [now, before])
    page.close()


@pytest.mark.skipif("MONOCEROS_SCREENSHOTS" not in os.environ, reason="makes pictures on request")
def test_pictures_for_the_documentation(serve_agent, look):
    SHOTS.mkdir(exist_ok=True)
    server, address = serve_agent()
    with Load(server, "/slow?ms=300", 3), Load(server, "/", 2):
        page = look(address, color_scheme="light")
        wait_until(lambda: page.evaluate("history5.samples.length") > 40, "some history", 90)
        page.screenshot(path=SHOTS / "dashboard-light.png", full_page=True)
        page.keyboard.press("d")
        page.screenshot(path=SHOTS / "dashboard-dark.png", full_page=True)
        page.set_viewport_size({"width": 375, "height": 800})
        page.screenshot(path=SHOTS / "dashboard-phone.png")
