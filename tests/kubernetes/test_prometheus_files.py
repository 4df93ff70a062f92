# SPDX-License-Identifier: Apache-2.0
"""What Prometheus and its adapter read: rules, alerts, and how pods are found."""

import copy
import json
import re
import shutil
import subprocess

import pod_discovery
import promql
import pytest
import yaml

FOLDER = promql.TOP / "deploy" / "prometheus"
RULES = [
    rule
    for group in yaml.safe_load((FOLDER / "rules.yaml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
KNOWN = (
    promql.server_metrics()
    | promql.operator_metrics()
    | {name: promql.Metric("gauge", frozenset()) for name in RECORDED}
)


def promtool(*arguments) -> str:
    program = shutil.which("promtool")
    assert program, "promtool is not installed (Debian package prometheus)"
    done = subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def name_of(rule: dict) -> str:
    return rule.get("alert") or rule["record"]


def test_promtool_accepts_the_rules():
    promtool("check", "rules", FOLDER / "rules.yaml")


def test_alerts_fire_when_they_should_and_only_then():
    promtool("test", "rules", FOLDER / "rules_test.yaml")


def test_every_rule_has_a_test():
    tested = (FOLDER / "rules_test.yaml").read_text()
    assert [name_of(rule) for rule in RULES if name_of(rule) not in tested] == []


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_rule_reads_metrics_and_labels_that_exist(rule):
    assert promql.complaints(rule["expr"], KNOWN) == []


@pytest.mark.parametrize("rule", ALERTS, ids=name_of)
def test_an_alert_says_what_is_wrong_and_what_to_do(rule):
    assert rule["alert"].startswith("Monoceros")
    assert rule["for"]
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"]["summary"].endswith(".")
    assert len(rule["annotations"]["description"]) > 60
    assert f"### {rule['alert']}\n" in (FOLDER / "README.md").read_text()


def documents(path) -> dict[str, dict]:
    return {item["kind"]: item for item in yaml.safe_load_all(path.read_text()) if item}


# As the operator makes them, and as the chart makes the operator.
POOL = documents(promql.TOP / "tests" / "unit" / "operator_builders" / "golden" / "autoscaled.yaml")
OPERATOR = documents(promql.TOP / "tests" / "kubernetes" / "chart.golden.yaml")


def pod_of(deployment: dict, name: str, address: str, phase: str = "Running") -> dict:
    template = copy.deepcopy(deployment["spec"]["template"])
    namespace = deployment["metadata"]["namespace"]
    template["metadata"] |= {"name": name, "namespace": namespace}
    return template | {"status": {"podIP": address, "phase": phase}}


def scraped(folder, job_name: str, pods: list[dict]) -> list[dict]:
    """The targets that are left of these pods, after the job's relabelling."""
    (folder / f"{job_name}.json").write_text(json.dumps(pod_discovery.target_groups(pods)))
    config = folder / "prometheus.yml"
    jobs = [job for job in pod_discovery.scrape_configs(folder) if job["job_name"] == job_name]
    config.write_text(yaml.safe_dump({"scrape_configs": jobs}))
    found = json.loads(
        promtool("check", "service-discovery", "--timeout=2s", config, job_name)
    )
    return [item["labels"] for item in found if item.get("labels")]


def test_a_pod_of_a_pool_is_one_target_with_namespace_pod_and_pool(tmp_path):
    pods = [pod_of(POOL["Deployment"], f"shop-{number}", f"10.9.0.{number}") for number in (1, 2)]
    pods += [pod_of(POOL["Deployment"], "shop-3", "10.9.0.3", phase="Succeeded")]
    targets = scraped(tmp_path, "monoceros-pools", pods)
    shown = [
        {name: value for name, value in target.items() if not name.startswith("__")}
        for target in targets
    ]
    assert sorted(shown, key=lambda item: item["pod"]) == [
        {
            "instance": f"10.9.0.{number}:9102",
            "job": "monoceros-pools",
            "namespace": POOL["Deployment"]["metadata"]["namespace"],
            "pod": f"shop-{number}",
            "pool": POOL["Deployment"]["metadata"]["name"],
        }
        for number in (1, 2)
    ]
    assert {target["__metrics_path__"] for target in targets} == {"/metrics"}


def test_a_pod_that_does_not_want_to_be_scraped_is_no_target(tmp_path):
    pod = pod_of(POOL["Deployment"], "shop-1", "10.9.0.1")
    pod["metadata"]["annotations"]["prometheus.io/scrape"] = "false"
    assert scraped(tmp_path, "monoceros-pools", [pod]) == []


def test_the_operator_is_one_target(tmp_path):
    pod = pod_of(OPERATOR["Deployment"], "monoceros-operator-1", "10.9.0.9")
    (target,) = scraped(tmp_path, "monoceros-operator", [pod])
    assert target["instance"] == "10.9.0.9:8080"
    assert target["namespace"] == "monoceros-system"
    assert target["pod"] == "monoceros-operator-1"


def test_the_jobs_select_the_pods_that_they_are_for():
    jobs = yaml.safe_load((FOLDER / "scrape.yaml").read_text())["scrape_configs"]
    deployments = {"monoceros-pools": POOL["Deployment"], "monoceros-operator": OPERATOR["Deployment"]}
    for job in jobs:
        labels = deployments[job["job_name"]]["spec"]["template"]["metadata"]["labels"]
        name, equals, value = pod_discovery.selector(job).partition("=")
        assert name in labels
        assert not equals or labels[name] == value


def test_the_operator_s_own_namespace_label_wins():
    jobs = yaml.safe_load((FOLDER / "scrape.yaml").read_text())["scrape_configs"]
    honor = {job["job_name"]: job.get("honor_labels", False) for job in jobs}
    assert honor == {"monoceros-pools": False, "monoceros-operator": True}


def test_the_adapter_serves_the_metric_by_which_pools_scale():
    (rule,) = yaml.safe_load((FOLDER / "adapter-rules.yaml").read_text())["rules"]
    (metric,) = POOL["HorizontalPodAutoscaler"]["spec"]["metrics"]
    assert rule["name"]["as"] == metric["pods"]["metric"]["name"]
    assert set(rule["resources"]["overrides"]) == {"namespace", "pod"}
    assert promql.complaints(rule["seriesQuery"], KNOWN) == []
    query = rule["metricsQuery"]
    for placeholder, value in (
        ("<<.Series>>", "monoceros_saturation_ratio"),
        ("<<.LabelMatchers>>", 'namespace="shops",pod=~"shop-1|shop-2"'),
        ("<<.GroupBy>>", "pod"),
    ):
        assert placeholder in query
        query = query.replace(placeholder, value)
    assert not re.search("<<|>>", query)
    assert promql.complaints(query, KNOWN) == []
