# SPDX-License-Identifier: Apache-2.0
"""/metrics of a running server: what docs/metrics.md says of it."""

import os
import re
import signal
import threading

import pytest
from harness.server import TOP
from harness.waiting import wait_until

DOCUMENTATION = TOP / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(monoceros_\w+)` \| (\w+) \|", re.MULTILINE)
TYPE = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def hold(server, targets):
    """Requests that run in threads of their own, one a target."""
    threads = [threading.Thread(target=server.get, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    return threads


def see_every_status_class(server) -> None:
    for status in (200, 301, 404, 500):
        server.get(f"/{status}")


def test_live_scrape_has_exactly_the_documented_families(serve_metrics):
    _, metrics = serve_metrics("hello:application")
    _, text = metrics.scrape("?detail=slots")
    assert dict(TYPE.findall(text)) == dict(ROW.findall(DOCUMENTATION.read_text()))


def test_at_most_400_series_with_every_status_class_seen(serve_metrics):
    server, metrics = serve_metrics("status:application", worker_class="gthread", workers=3)
    see_every_status_class(server)
    classes = ("2xx", "3xx", "4xx", "5xx")
    seen = [metrics.value("monoceros_requests_total", status_class=name) for name in classes]
    assert all(seen), seen
    assert len(metrics.samples()) <= 400


def test_open_metrics_are_valid_and_chosen_by_accept(serve_metrics):
    _, metrics = serve_metrics("hello:application")
    families = metrics.open_metrics()
    assert families["monoceros_requests"].type == "counter"
    assert families["monoceros_busy_seconds"].unit == "seconds"
    assert families["monoceros_build"].type == "info"
    kind, text = metrics.scrape(Accept="text/html,*/*;q=0.8")
    assert kind.startswith("text/plain; version=0.0.4")
    assert "# EOF" not in text


def test_exemplars_carry_the_trace_of_a_request(serve_metrics):
    server, metrics = serve_metrics("hello:application")
    server.get(headers=[("traceparent", f"00-{TRACE}-{SPAN}-01")])

    def exemplars():
        family = metrics.open_metrics()["monoceros_request_duration_seconds"]
        return [sample.exemplar for sample in family.samples if sample.exemplar]

    found = wait_until(exemplars, "an exemplar")[0]
    assert found.labels == {"trace_id": TRACE, "span_id": SPAN}
    assert 0 < found.value < 10
    assert found.timestamp is not None


def test_counters_never_shrink_under_load(serve_metrics):
    server, metrics = serve_metrics("hello:application", worker_class="gthread", workers=2)
    stop = threading.Event()

    def load():
        with server.client() as client:
            while not stop.is_set():
                client.get()

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        before = {}
        for _ in range(60):
            families = metrics.families("?detail=slots").values()
            now = {
                (sample.name, *sorted(sample.labels.items())): sample.value
                for family in families
                if family.type in ("counter", "histogram")
                for sample in family.samples
            }
            assert {key: now[key] for key in before if now[key] < before[key]} == {}
            before = now
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert metrics.value("monoceros_requests_total", status_class="2xx") > 0


def test_busy_slots_queue_and_occupancy(serve_metrics, gates):
    server, metrics = serve_metrics(
        "gates:application", "--worker-class", "gthread", "--threads", "2", variables=gates.variables
    )
    threads = hold(server, [f"/wait?gate=open&id={n}" for n in range(5)])
    wait_until(lambda: metrics.value("monoceros_queue_depth") == 3, "3 queued requests")
    assert metrics.value("monoceros_requests_in_flight") == 2
    assert metrics.value("monoceros_slots") == 2
    assert metrics.value("monoceros_slots_busy") == 2
    assert metrics.value("monoceros_workers_busy") == 1
    assert metrics.value("monoceros_occupancy_ratio") == 1
    busy = metrics.value("monoceros_busy_seconds_total")
    wait_until(
        lambda: metrics.value("monoceros_busy_seconds_total") > busy + 0.5,
        "busy time of requests that still run",
    )
    wait_until(lambda: metrics.value("monoceros_saturation_ratio") > 1, "saturation")
    gates.open("open")
    for thread in threads:
        thread.join()
    wait_until(lambda: metrics.value("monoceros_slots_busy") == 0, "no busy slot")
    count = metrics.value("monoceros_request_phase_seconds_count", phase="queue")
    assert count == 5


def test_restarts_are_counted_by_reason(serve_metrics):
    server, metrics = serve_metrics("hello:application")
    os.kill(server.workers()[0], signal.SIGKILL)
    wait_until(
        lambda: metrics.value("monoceros_worker_restarts_total", reason="crash") == 1, "one crash"
    )
    wait_until(
        lambda: metrics.value("monoceros_workers", **{"class": "sync", "state": "ready"}) == 1,
        "the replacement",
    )


def test_reloads_are_counted_by_outcome(serve_metrics, write_app):
    good = "from hello import application\n"
    folder = write_app(good)
    server, metrics = serve_metrics("app:application", apps=folder)
    generation = metrics.value("monoceros_reload_generation")
    server.signal(signal.SIGHUP)
    wait_until(lambda: metrics.value("monoceros_reloads_total", outcome="ok") == 1, "a reload")
    assert metrics.value("monoceros_reload_generation") == generation + 1
    assert metrics.value("monoceros_last_reload_successful") == 1
    write_app("raise RuntimeError('broken')\n")
    server.signal(signal.SIGHUP)
    wait_until(lambda: metrics.value("monoceros_reloads_total", outcome="failed") == 1, "a failure")
    assert metrics.value("monoceros_last_reload_successful") == 0


def test_no_label_is_a_pid_a_thread_or_a_path(serve_metrics):
    server, metrics = serve_metrics("hello:application", worker_class="gthread", workers=2)
    server.get("/some/path")
    processes = {str(pid) for pid in (server.master, *server.children())}
    tasks = {t for pid in processes for t in os.listdir(f"/proc/{pid}/task")}
    values = {
        (label, value) for key in metrics.samples("?detail=slots") for label, value in key[1:]
    }
    small = {str(n) for n in range(64)}
    assert {pair for pair in values if pair[1] in (processes | tasks) - small} == set()
    assert {pair for pair in values if "/" in pair[1]} == set()


def test_memory_and_cpu_are_there(serve_metrics):
    _, metrics = serve_metrics("hello:application")
    for process in ("master", "router", "workers"):
        wait_until(
            lambda: metrics.value("monoceros_resident_memory_bytes", process=process) > 1 << 20,  # noqa: B023
            f"the memory of {process}",
        )
    wait_until(
        lambda: metrics.value("monoceros_cpu_seconds_total", process="workers") > 0, "CPU time"
    )
    assert metrics.value("monoceros_heartbeat_age_seconds", process="master") < 5
    assert metrics.value("monoceros_heartbeat_age_seconds", process="router") < 5


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text"])
def test_scrapes_of_an_idle_server_repeat_the_same_series(serve_metrics, accept):
    _, metrics = serve_metrics("hello:application")

    def series() -> list[str]:
        lines = metrics.scrape(Accept=accept)[1].splitlines()
        return [line.rsplit(" ", 1)[0] for line in lines if not line.startswith("#")]

    assert series() == series()
