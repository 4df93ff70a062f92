# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes a server; its numbers are compared with what the load did."""

import http.client
import json
import shutil
import subprocess
import threading
import time
import urllib.parse

import pytest
from harness.waiting import wait_until

PROMETHEUS = shutil.which("prometheus")
CONFIGURATION = """
global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}
storage: {{exemplars: {{max_exemplars: 1000}}}}
scrape_configs:
- job_name: monoceros
  static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Prometheus:
    def __init__(self, folder, target: int):
        (folder / "prometheus.yml").write_text(CONFIGURATION.format(port=target))
        self._log_path = folder / "log"
        self._log = self._log_path.open("ab")
        command = [PROMETHEUS, f"--config.file={folder / 'prometheus.yml'}"]
        command += [f"--storage.tsdb.path={folder / 'data'}", "--web.listen-address=127.0.0.1:0"]
        command += ["--enable-feature=exemplar-storage", "--log.format=json"]
        self.process = subprocess.Popen(command, stderr=self._log, stdout=self._log)
        self.port = wait_until(self._find_port, "a Prometheus that listens")
        wait_until(self._is_ready, "a Prometheus that is ready")

    def _find_port(self) -> int | None:
        assert self.process.poll() is None, self.log
        for line in self.log.split("\n")[:-1]:  # the last one may be on its way
            said = json.loads(line)
            if said.get("msg") == "Listening on":
                return int(said["address"].rsplit(":", 1)[1])
        return None

    @property
    def log(self) -> str:
        return self._log_path.read_text()

    def _get(self, target: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", target)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _is_ready(self) -> bool:
        return self._get("/-/ready")[0] == 200

    def ask(self, path: str, **parameters) -> list | dict:
        _, text = self._get(f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        answer = json.loads(text)
        assert answer["status"] == "success", answer
        return answer["data"]

    def value(self, query: str) -> float | None:
        """Of an expression with one result; None: there is none."""
        result = self.ask("query", query=query)["result"]
        assert len(result) <= 1, result
        return float(result[0]["value"][1]) if result else None

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


@pytest.fixture
def scrape(tmp_path):
    """scrape(metrics): a Prometheus that has scraped it."""
    if PROMETHEUS is None:
        pytest.fail("Prometheus is not installed (Debian package prometheus)")
    started = []

    def start(metrics) -> Prometheus:
        folder = tmp_path / "prometheus"
        folder.mkdir()
        prometheus = Prometheus(folder, metrics.port)
        started.append(prometheus)
        wait_until(lambda: prometheus.value("monoceros_slots"), "a first scrape")
        return prometheus

    yield start
    for prometheus in started:
        prometheus.stop()


def run_load(server, connections: int, each: int, target: str, **options) -> float:
    """So many requests, one after the other on each connection; how long they took, added up."""
    taken = []

    def run():
        with server.client() as client:
            for _ in range(each):
                start = time.perf_counter()
                assert client.get(target, **options).status == 200
                taken.append(time.perf_counter() - start)

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == connections * each
    return sum(taken)


def test_requests_are_equal_and_busy_seconds_within_2_percent(serve_metrics, scrape):
    server, metrics = serve_metrics(
        "sleepy:application", "--worker-class", "gthread", "--threads", "4", workers=2
    )
    prometheus = scrape(metrics)
    run_load(server, connections=8, each=100, target="/")
    requests = 'sum(monoceros_requests_total{status_class="2xx"})'
    wait_until(lambda: prometheus.value(requests) == 800, "800 requests in Prometheus")
    busy = "monoceros_busy_seconds_total"
    before = wait_until(lambda: prometheus.value(busy), "busy time")
    taken = run_load(server, connections=4, each=10, target="/slow?ms=250")
    wait_until(lambda: prometheus.value(requests) == 840, "840 requests in Prometheus")
    # The client saw no less than the worker, whose pages sleep 40 x 0.25 s; both within 2 %.
    assert 40 * 0.25 * 0.98 <= prometheus.value(busy) - before <= taken * 1.02
    phases = 'monoceros_request_phase_seconds_count{phase="queue"}'
    assert prometheus.value(phases) == 840
    assert prometheus.value('monoceros_request_duration_seconds_count{status_class="2xx"}') == 840
    slow = 'monoceros_application_duration_seconds_bucket{status_class="2xx",le="+Inf"} - ignoring(le)'
    slow += ' monoceros_application_duration_seconds_bucket{status_class="2xx",le="0.1"}'
    assert prometheus.value(slow) >= 40


def test_occupancy_is_the_mean_of_any_interval(serve_metrics, scrape):
    server, metrics = serve_metrics(
        "sleepy:application", "--worker-class", "gthread", "--threads", "4"
    )
    prometheus = scrape(metrics)
    window = "3s"
    load = threading.Thread(
        target=run_load, args=(server,), kwargs={"connections": 2, "each": 14, "target": "/slow?ms=500"}
    )
    load.start()
    occupancy = (
        f"rate(monoceros_busy_seconds_total[{window}]) / rate(monoceros_slot_seconds_total[{window}])"
    )

    def half() -> bool:
        found = prometheus.value(occupancy)
        return found is not None and found == pytest.approx(0.5, rel=0.03)

    wait_until(half, "an occupancy of 2 in 4")
    load.join()


def test_prometheus_takes_every_family_and_the_exemplars(serve_metrics, scrape):
    server, metrics = serve_metrics("hello:application")
    prometheus = scrape(metrics)
    trace = "0af7651916cd43dd8448eb211c80319c"
    header = ("traceparent", f"00-{trace}-b7ad6b7169203331-01")
    run_load(server, connections=1, each=1, target="/", headers=[header])
    query = "monoceros_request_duration_seconds_bucket"
    now = time.time()

    def exemplars() -> list:
        return prometheus.ask("query_exemplars", query=query, start=now - 60, end=now + 60)

    labels = wait_until(exemplars, "an exemplar")[0]["exemplars"][0]["labels"]
    assert labels["trace_id"] == trace
    scraped = prometheus.value("scrape_samples_scraped")
    assert scraped == len(metrics.samples())
    assert prometheus.value("up") == 1
    known = set(prometheus.ask("metadata"))
    missing = {
        name for name in metrics.families() if name not in known and name + "_total" not in known
    }
    assert {name.removesuffix("_info") for name in missing} - known == set()


def test_promtool_finds_nothing_to_complain_about(serve_metrics):
    _, metrics = serve_metrics("hello:application")
    promtool = shutil.which("promtool")
    assert promtool, "promtool is not installed (Debian package prometheus)"
    _, text = metrics.scrape("?detail=slots")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
