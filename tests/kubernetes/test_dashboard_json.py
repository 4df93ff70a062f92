# SPDX-License-Identifier: Apache-2.0
"""The Grafana dashboard: made by its script, readable, and of metrics that exist."""

import json
import re
import subprocess
import sys

import promql
import pytest

FOLDER = promql.TOP / "deploy" / "grafana"
DASHBOARD = json.loads((FOLDER / "monoceros.json").read_text())
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
KNOWN = promql.server_metrics() | promql.operator_metrics()
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = [
    pytest.param(target, id=f"{panel['title']} {target['refId']}".replace(" ", "-"))
    for panel in PANELS
    for target in panel["targets"]
]


def every_panel(test):
    return pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])(test)


def test_it_is_what_its_script_makes():
    made = subprocess.run(
        [sys.executable, FOLDER / "generate.py", "--stdout"], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    assert made.stdout == (FOLDER / "monoceros.json").read_text(), (
        "run deploy/grafana/generate.py and helm/copy_files"
    )


@pytest.mark.parametrize("target", TARGETS)
def test_a_query_reads_metrics_and_labels_that_exist(target):
    assert promql.complaints(target["expr"], KNOWN) == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_query_has_its_data_source_and_a_legend(target):
    assert target["datasource"] == SOURCE
    assert target["legendFormat"]
    assert target["range"] is True


@pytest.mark.parametrize("target", TARGETS)
def test_a_query_follows_the_zoom_and_the_choice_of_pools(target):
    windows = re.findall(r"\[([^]]*)\]", target["expr"])
    assert set(windows) <= {"$__rate_interval"}
    for use in promql.uses(promql.parse(target["expr"])):
        metric = promql.family(use.name, KNOWN)
        if use.name.startswith("monoceros_") and metric is not None:
            assert {"namespace", "pool"} <= use.labels, f"{use.name} of all pools, always"


@pytest.mark.parametrize("target", TARGETS)
def test_a_legend_names_only_labels_that_are_left(target):
    named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
    assert named <= promql.grouped_labels(target["expr"])


@every_panel
def test_a_panel_says_what_it_shows(panel):
    assert panel["title"]
    assert len(panel["description"]) > 20
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == SOURCE
    assert panel["type"] in ("timeseries", "heatmap")


def test_ids_of_panels_are_unique_and_panels_do_not_overlap():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells


def test_it_has_a_stable_name_and_belongs_to_no_grafana():
    assert DASHBOARD["uid"] == "monoceros-pools"
    assert DASHBOARD["editable"] is False
    assert "monoceros" in DASHBOARD["tags"]
    assert DASHBOARD.get("id") is None
    assert "__inputs" not in DASHBOARD


def test_one_chooses_data_source_namespace_and_pool():
    variables = DASHBOARD["templating"]["list"]
    assert [item["name"] for item in variables] == ["datasource", "namespace", "pool"]
    for item in variables[1:]:
        assert item["datasource"] == SOURCE
        metric = re.match(r"label_values\((\w+)", item["query"]).group(1)
        assert metric in KNOWN


def test_the_issue_asked_for_all_of_these():
    text = " ".join(target["expr"] for panel in PANELS for target in panel["targets"])
    for metric in (
        "monoceros_requests_total",
        "monoceros_request_duration_seconds_bucket",
        "monoceros_saturation_ratio",
        "monoceros_queue_depth",
        "monoceros_busy_seconds_total",
        'phase="gil_wait"',
        "monoceros_client_timeouts_total",
        "monoceros_worker_restarts_total",
        "monoceros_operator_pool_replicas",
    ):
        assert metric in text, metric


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("sum(rate(monoceros_nonsense_total[1m]))", "no metric"),
        ("monoceros_requests_total", "is a counter"),
        ("sum(monoceros_request_duration_seconds_bucket)", "is a counter"),
        ("rate(monoceros_queue_depth[1m])", "is a gauge"),
        ('monoceros_queue_depth{colour="red"}', "no label colour"),
        ("sum by (colour) (monoceros_queue_depth)", "label colour"),
    ],
)
def test_the_checks_above_notice(expression, complaint):
    assert complaint in " ".join(promql.complaints(expression, KNOWN))
