# SPDX-License-Identifier: Apache-2.0
"""--app-metrics: what the application counts by prometheus_client, at the agent's /metrics."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.waiting import wait_until

APPLICATION = """
import os
import time
from prometheus_client import Counter, Gauge, Histogram, Summary

JOBS = Counter("jobs", "Jobs\\nof two lines.", ["kind"])
TIME = Histogram("job_seconds", "Time.", buckets=(0.1, 1))
SIZE = Summary("job_bytes", "Size.")
LAST = Gauge("last", "Of each slot.")
RUNNING = Gauge("running", "Of living workers.", multiprocess_mode="livesum")
GREATEST = Gauge("greatest", "Of all.", multiprocess_mode="max")
READY = Gauge("settings_loaded", "Set at import.", multiprocess_mode="max")
READY.set(7)
JOBS.labels("import").inc()


def fork():
    child = os.fork()
    if child == 0:
        JOBS.labels("child").inc(5)
        os._exit(0)
    os.waitpid(child, 0)


def application(environ, start_response):
    JOBS.labels('"a"').inc(2)
    TIME.observe(0.5)
    SIZE.observe(10)
    LAST.set(3)
    RUNNING.inc()
    GREATEST.set(os.getpid())
    if environ["PATH_INFO"] == "/fork":
        fork()
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.3)
    text = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]
"""


@pytest.fixture(params=["on", "off", "auto"])
def preload(request) -> str:
    return request.param


@pytest.fixture
def serve_app(serve_metrics, write_app):
    def start(preload="auto", workers=1, text=APPLICATION):
        return serve_metrics(
            "app:application",
            *("--app-metrics", f"--preload={preload}"),
            apps=write_app(text),
            workers=workers,
        )

    return start


def reach_both(server) -> set[int]:
    """Two requests at once, one to each of two workers; their pids."""
    with ThreadPoolExecutor(2) as pool:
        return {int(response.text) for response in pool.map(server.get, ["/slow", "/slow"])}


def test_values_of_all_workers_are_merged(serve_app, preload):
    server, metrics = serve_app(preload)
    for _ in range(10):
        worker = int(server.get().text)
    assert metrics.value("jobs_total", kind='"a"') == 20
    assert metrics.value("jobs_total", kind="import") == 1
    assert metrics.value("job_seconds_bucket", le="0.1") == 0
    assert metrics.value("job_seconds_bucket", le="+Inf") == 10
    assert metrics.value("job_seconds_sum") == 5
    assert metrics.value("job_bytes_sum") == 100
    assert metrics.value("job_bytes_count") == 10
    assert metrics.value("last", pid="0") == 3
    assert metrics.value("running") == 10
    assert metrics.value("greatest") == worker
    assert metrics.value("settings_loaded") == 7
    assert metrics.value("monoceros_app_metrics_skipped_files") == 0
    assert metrics.open_metrics()["job_seconds"].type == "histogram"


def test_preload_auto_still_preloads(serve_app):
    server, _ = serve_app("auto")
    assert "open for writing" not in server.log


def test_counters_continue_when_a_worker_is_replaced(serve_app, preload):
    server, metrics = serve_app(preload)
    for _ in range(3):
        worker = int(server.get().text)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: server.workers() not in ([], [worker]), "another worker")
    for _ in range(4):
        server.get()
    assert metrics.value("jobs_total", kind='"a"') == 14
    assert metrics.value("job_seconds_count") == 7
    assert metrics.value("running") == 4, "a gauge of a living process starts anew"
    names = {path.name for path in (server.run_dir / "current" / "app-metrics").iterdir()}
    assert "counter_0.db" in names
    assert not any(str(pid) in name for pid in (worker, *server.workers()) for name in names)


def test_slots_stay_distinct_across_a_reload(serve_app):
    server, metrics = serve_app(workers=2)
    old = reach_both(server)
    server.signal(signal.SIGHUP)
    wait_until(lambda: metrics.value("monoceros_reloads_total", outcome="ok") == 1, "a reload")
    server.wait_for_other_workers(2, set(old))
    new = reach_both(server)
    assert len(old | new) == 4
    assert metrics.value("jobs_total", kind='"a"') == 8
    assert metrics.value("jobs_total", kind="import") == 2, "each generation was imported once"


def test_programs_that_a_worker_forked_count_too(serve_app):
    server, metrics = serve_app()
    server.get("/fork")
    server.get("/fork")
    assert metrics.value("jobs_total", kind="child") == 10
    assert metrics.value("jobs_total", kind='"a"') == 4


def test_unknown_files_are_skipped_and_counted(serve_app):
    server, metrics = serve_app()
    server.get()
    (server.run_dir / "current" / "app-metrics" / "counter_7.db").write_bytes(b"a layout of the future")
    assert metrics.value("monoceros_app_metrics_skipped_files") == 1
    assert metrics.value("jobs_total", kind='"a"') == 2


def test_without_the_setting_nothing_is_written(serve_metrics, write_app):
    server, metrics = serve_metrics("app:application", apps=write_app(APPLICATION))
    server.get()
    assert "jobs_total" not in {key[0] for key in metrics.samples()}
    assert not (server.run_dir / "current" / "app-metrics").exists()


def test_an_application_without_prometheus_client_runs_as_ever(serve_metrics):
    server, metrics = serve_metrics("hello:application", "--app-metrics")
    assert server.get().status == 200
    assert metrics.value("monoceros_app_metrics_skipped_files") == 0
