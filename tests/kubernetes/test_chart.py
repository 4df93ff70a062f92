# SPDX-License-Identifier: Apache-2.0
"""The chart: what it makes of which values, without a cluster.

A changed chart.golden.yaml is written by MONOCEROS_UPDATE_GOLDEN=1 pytest tests/kubernetes/test_chart.py
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
CHART = TOP / "helm" / "monoceros-operator"
GOLDEN = HERE / "chart.golden.yaml"
FULL = HERE / "chart_values_full.yaml"
NAMESPACE = "monoceros-system"
COPIES = {
    "workerpools.monoceros.dev.yaml": TOP / "deploy" / "crds" / "workerpools.monoceros.dev.yaml",
    "monoceros.json": TOP / "deploy" / "grafana" / "monoceros.json",
    "rules.yaml": TOP / "deploy" / "prometheus" / "rules.yaml",
}
MONITORS = "--api-versions=monitoring.coreos.com/v1"


def helm(*arguments) -> subprocess.CompletedProcess:
    folder = os.environ.get("MONOCEROS_KUBERNETES_BIN")
    assert folder, "MONOCEROS_KUBERNETES_BIN must name a folder with helm; tests/kubernetes/run sets it"
    return subprocess.run(
        [Path(folder) / "helm", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )


def template(*arguments) -> subprocess.CompletedProcess:
    return helm(
        "template", "monoceros", CHART, "--namespace", NAMESPACE, "--kube-version=1.34.4", *arguments
    )


def rendered_text(*arguments) -> str:
    done = template(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rendered(*arguments) -> list[dict]:
    return [item for item in yaml.safe_load_all(rendered_text(*arguments)) if item]


def full() -> list[dict]:
    return rendered("--values", FULL, MONITORS)


def only(objects: list[dict], kind: str, name_end: str = "") -> dict:
    (found,) = [
        item for item in objects if item["kind"] == kind and item["metadata"]["name"].endswith(name_end)
    ]
    return found


def kinds(objects: list[dict]) -> set[str]:
    return {item["kind"] for item in objects}


def refusal(*arguments) -> str:
    done = template(*arguments)
    assert done.returncode != 0
    return done.stderr


def roles(objects: list[dict]) -> list[dict]:
    return [item for item in objects if item["kind"] in ("Role", "ClusterRole")]


def operator_pod(objects: list[dict]) -> dict:
    return only(objects, "Deployment")["spec"]["template"]


@pytest.fixture(scope="module", params=["default", "full"])
def objects(request) -> list[dict]:
    return rendered() if request.param == "default" else full()


def test_helm_lint_has_nothing_to_say():
    for values in ([], ["--values", FULL]):
        done = helm("lint", "--strict", CHART, *values)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "WARNING" not in done.stdout


def test_what_the_defaults_make_is_known():
    # The two objects that are copies of files have tests of their own.
    documents = re.split(r"(?m)^---\n", rendered_text())
    copies = ("templates/crd.yaml", "templates/dashboard.yaml")
    kept = [text for text in documents if text.strip() and not any(name in text for name in copies)]
    made = "---\n" + "---\n".join(kept)
    if os.environ.get("MONOCEROS_UPDATE_GOLDEN"):
        GOLDEN.write_text(made)
    assert made == GOLDEN.read_text()


@pytest.mark.parametrize("name", COPIES)
def test_the_chart_has_the_last_state_of_what_it_copies(name):
    copy = (CHART / "files" / name).read_text()
    assert copy == COPIES[name].read_text(), "run helm/copy_files"


def test_every_value_is_in_the_schema_and_every_default_is_another_one_in_the_full_values():
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(schema["properties"]) - {"global"} == set(values) == set(yaml.safe_load(FULL.read_text()))
    closed = [schema, *(item for item in schema["properties"].values() if "properties" in item)]
    assert all(item["additionalProperties"] is False for item in closed)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "replcias=2"], "additional properties 'replcias' not allowed"),
        (["--set", "image.tga=1"], "additional properties 'tga' not allowed"),
        (["--set", "replicas=two"], "'/replicas': got string, want integer"),
        (["--set", "image.pullPolicy=Sometimes"], "'/image/pullPolicy': value must be one of"),
        (["--set", "image.digest=1234"], "'/image/digest'"),
        (["--set", "log.level=loud"], "'/log/level': value must be one of"),
    ],
)
def test_a_value_that_is_not_known_is_refused_by_its_name(arguments, message):
    assert message in refusal(*arguments)


def test_two_operators_without_leader_election_are_refused():
    message = refusal("--set", "replicas=2,leaderElection.enabled=false")
    assert "set replicas to 1 or leaderElection.enabled to true" in message


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("monoceros", "monoceros-operator"),
        ("monoceros-operator", "monoceros-operator"),
        ("web", "web-monoceros-operator"),
    ],
)
def test_names_begin_with_the_release_and_do_not_stutter(release, name):
    done = helm("template", release, CHART, "--kube-version=1.34.4")
    objects = [item for item in yaml.safe_load_all(done.stdout) if item]
    assert only(objects, "Deployment")["metadata"]["name"] == name


def test_no_service_account_at_all_is_refused():
    assert "serviceAccount.name must name" in refusal("--set", "serviceAccount.create=false")


def test_a_cluster_that_is_too_old_is_refused():
    assert "requires kubeVersion: >=1.30.0" in refusal("--kube-version=1.29.9")
    assert template("--kube-version=1.30.0").returncode == 0
    assert template("--kube-version=v1.31.2-gke.100").returncode == 0


def test_no_role_has_a_wildcard(objects):
    for role in roles(objects):
        for rule in role["rules"]:
            for part in ("apiGroups", "resources", "verbs"):
                assert rule[part], role["metadata"]["name"]
                assert not any("*" in item for item in rule[part]), role["metadata"]["name"]


def test_secrets_and_leases_are_asked_for_by_name_in_the_own_namespace_only(objects):
    seen = set()
    for role in roles(objects):
        for rule in role["rules"]:
            touched = {"secrets", "leases"} & set(rule["resources"])
            if not touched:
                continue
            seen |= touched
            assert role["kind"] == "Role"
            assert role["metadata"]["namespace"] == NAMESPACE
            assert set(rule["verbs"]) <= {"get", "create", "update", "patch"}
            assert rule["verbs"] == ["create"] or rule.get("resourceNames")
    assert seen == {"secrets", "leases"}


def test_the_operator_cannot_give_rights_or_run_commands(objects):
    own = [role for role in roles(objects) if not role["metadata"]["name"].endswith(("-view", "-edit"))]
    resources = {item for role in own for rule in role["rules"] for item in rule["resources"]}
    forbidden = {"roles", "rolebindings", "clusterroles", "clusterrolebindings", "pods/exec", "nodes"}
    assert not resources & forbidden
    assert "workerpools/finalizers" in resources


def test_the_operator_has_rights_on_every_kind_that_it_uses(objects):
    source = (TOP / "operator" / "kube" / "object.h").read_text()
    used = re.findall(r'Resource k\w+{"([a-z.0-9]*)",\s*"\w+",\s*"(\w+)"', source)
    assert len(used) > 8
    allowed = {
        (group, resource)
        for role in roles(objects)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert not set(used) - allowed


def test_every_role_of_the_operator_is_bound_to_its_account(objects):
    account = only(objects, "ServiceAccount")["metadata"]
    bindings = [item for item in objects if item["kind"].endswith("RoleBinding")]
    assert len(bindings) == 2
    names = {(role["kind"], role["metadata"]["name"]) for role in roles(objects)}
    for binding in bindings:
        assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) in names
        (subject,) = binding["subjects"]
        assert (subject["name"], subject["namespace"]) == (account["name"], NAMESPACE)
    assert operator_pod(objects)["spec"]["serviceAccountName"] == account["name"]


def test_with_a_namespace_to_watch_the_rights_end_there():
    objects = full()
    assert not {"ClusterRole", "ClusterRoleBinding"} & kinds(objects)
    assert only(objects, "Role", "pools-operator")["metadata"]["namespace"] == "shops"
    assert only(objects, "RoleBinding", "pools-operator")["metadata"]["namespace"] == "shops"
    assert "--namespace=shops" in operator_pod(objects)["spec"]["containers"][0]["args"]


def test_whoever_may_edit_a_namespace_may_edit_its_pools():
    labels = {
        name: only(rendered(), "ClusterRole", name)["metadata"]["labels"] for name in ("-view", "-edit")
    }
    to = "rbac.authorization.k8s.io/aggregate-to-"
    assert labels["-view"][to + "view"] == "true"
    assert labels["-edit"][to + "edit"] == labels["-edit"][to + "admin"] == "true"
    assert to + "view" not in labels["-edit"]


def test_pods_keep_to_the_restricted_standard(objects):
    pods = [operator_pod(objects)["spec"], only(objects, "Pod")["spec"]]
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert "volumes" not in pod
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_the_crd_is_the_project_s_and_stays_when_the_release_goes():
    crd = only(rendered(), "CustomResourceDefinition")
    assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert crd["spec"] == yaml.safe_load(COPIES["workerpools.monoceros.dev.yaml"].read_text())["spec"]
    assert "annotations" not in only(full(), "CustomResourceDefinition")["metadata"]


def test_the_crd_is_left_out_when_it_is_not_wanted():
    assert "CustomResourceDefinition" not in kinds(rendered("--set", "crds.enabled=false"))


def test_grafana_finds_the_dashboard_by_its_label(objects):
    config = only(objects, "ConfigMap", "-dashboard")
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(config["data"]["monoceros.json"]) == json.loads(COPIES["monoceros.json"].read_text())
    assert "ConfigMap" not in kinds(rendered("--set", "grafana.enabled=false"))


def test_the_dashboard_goes_where_grafana_looks():
    config = only(full(), "ConfigMap", "-dashboard")
    assert config["metadata"]["namespace"] == "monitoring"
    assert config["metadata"]["annotations"] == {"grafana_folder": "Monoceros"}


def test_monitors_and_rules_need_their_kinds_in_the_cluster():
    wanted = {"ServiceMonitor", "PodMonitor", "PrometheusRule"}
    objects = full()
    assert wanted <= kinds(objects)
    assert not wanted & kinds(rendered("--values", FULL))
    assert not wanted & kinds(rendered(MONITORS))
    for kind in wanted:
        assert only(objects, kind)["metadata"]["labels"]["release"] == "kps"
    rules = only(objects, "PrometheusRule")["spec"]
    assert rules == yaml.safe_load(COPIES["rules.yaml"].read_text())
    assert only(objects, "ServiceMonitor")["spec"]["endpoints"][0]["honorLabels"] is True


@pytest.mark.parametrize("values", [[], ["--values", FULL, MONITORS]], ids=["default", "full"])
def test_services_and_budgets_select_the_operator_s_pods_and_no_others(values):
    objects = rendered(*values)
    labels = operator_pod(objects)["metadata"]["labels"]
    other = only(objects, "Pod")["metadata"]["labels"]
    selectors = [only(objects, "Service")["spec"]["selector"]]
    selectors.append(only(objects, "Deployment")["spec"]["selector"]["matchLabels"])
    if values:
        selectors.append(only(objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"])
        selectors.append(only(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"])
    for selector in selectors:
        assert selector.items() <= labels.items()
        assert not selector.items() <= other.items()


def test_a_budget_comes_with_the_second_operator():
    assert "PodDisruptionBudget" not in kinds(rendered())
    assert "PodDisruptionBudget" in kinds(rendered("--set", "replicas=2"))


def test_without_leader_election_the_old_operator_ends_first():
    objects = rendered("--set", "leaderElection.enabled=false")
    assert only(objects, "Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    assert "--no-leader-election" in operator_pod(objects)["spec"]["containers"][0]["args"]


def test_the_image_is_named_by_tag_or_by_digest():
    def image(*arguments):
        return operator_pod(rendered(*arguments))["spec"]["containers"][0]["image"]

    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    assert image() == f"monoceros-operator:{version}"
    assert image("--set", "image.tag=1.2.3") == "monoceros-operator:1.2.3"
    assert operator_pod(full())["spec"]["containers"][0]["image"].startswith(
        "registry.example.com/monoceros-operator@sha256:0123"
    )


def test_every_value_reaches_the_pod():
    pod = operator_pod(full())
    values = yaml.safe_load(FULL.read_text())
    spec = pod["spec"]
    for name in (
        "imagePullSecrets",
        "nodeSelector",
        "tolerations",
        "affinity",
        "topologySpreadConstraints",
        "priorityClassName",
    ):
        assert spec[name] == values[name], name
    (container,) = spec["containers"]
    assert container["resources"] == values["resources"]
    assert container["imagePullPolicy"] == "Always"
    assert {"--log-level=debug", "--concurrency=8"} <= set(container["args"])
    assert "--log-json" not in container["args"]
    assert pod["metadata"]["labels"]["team"] == "web"
    assert pod["metadata"]["annotations"]["example.com/note"] == "yes"
    assert "prometheus.io/scrape" not in pod["metadata"]["annotations"]


def test_helm_test_asks_the_operator_s_own_program():
    pod = only(rendered(), "Pod", "-check")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    assert pod["spec"]["containers"][0]["args"] == ["--check"]
    assert only(full(), "Pod", "-check")["spec"]["containers"][0]["args"] == ["--check", "--namespace=shops"]


NOTES_AS_OBJECT = """
kind: Notes
metadata: {name: notes}
text: {{ include (print .Template.BasePath "/NOTES.txt") . | quote }}
"""


@pytest.fixture
def notes(tmp_path):
    """What `helm install` says at its end: it needs a cluster even for that, `helm template` leaves
    it out, so it becomes an object in a copy of the chart."""
    chart = tmp_path / "chart"
    shutil.copytree(CHART, chart)
    (chart / "templates" / "notes.yaml").write_text(NOTES_AS_OBJECT)

    def say(*arguments) -> str:
        command = ["template", "monoceros", chart, "--namespace", NAMESPACE, "--kube-version=1.34.4"]
        done = helm(*command, "--show-only=templates/notes.yaml", *arguments)
        assert done.returncode == 0, done.stderr
        return yaml.safe_load(done.stdout)["text"]

    return say


def test_the_notes_say_the_next_three_commands(notes):
    text = notes()
    commands = [line.strip() for line in text.splitlines() if line.startswith("  kubectl ")]
    assert commands == [
        f"kubectl -n {NAMESPACE} rollout status deployment/monoceros-operator",
        "kubectl -n default apply -f - <<END",
        "kubectl -n default get workerpools",
    ]
    pool = yaml.safe_load(text.partition("<<END\n")[2].partition("END")[0])
    assert pool["kind"] == "WorkerPool"
    assert "monitoring.coreos.com" not in text


def test_the_notes_say_what_was_left_out(notes):
    assert "no monitors and no rules were made" in notes("--set", "monitoring.rules.enabled=true")
    assert "CustomResourceDefinition" in notes("--set", "crds.enabled=false")
