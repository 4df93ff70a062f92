# SPDX-License-Identifier: Apache-2.0
"""Reads PromQL, and knows which metrics and labels there are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import promql_parser

TOP = Path(__file__).resolve().parents[2]
GOLDEN = TOP / "tests" / "unit" / "agent_metrics" / "metrics.golden"
OPERATOR_SOURCE = TOP / "operator" / "runtime" / "operator_metrics.cc"

# What the scrape adds to every series.
TARGET_LABELS = {"namespace", "pod", "pool", "job", "instance"}
# The labels of the operator's metrics that dashboards and rules may use.
OPERATOR_LABELS = {
    "controller_runtime_reconcile_total": {"controller", "result"},
    "controller_runtime_reconcile_errors_total": {"controller"},
    "controller_runtime_reconcile_time_seconds": {"controller", "le"},
    "workqueue_depth": {"name", "controller"},
    "rest_client_requests_total": {"code", "method", "host"},
    "leader_election_master_status": {"name"},
    "monoceros_operator_build_info": {"version"},
    "monoceros_operator_pool_replicas": {"namespace", "pool", "state"},
}
OVER_TIME = {"rate", "increase", "irate"}


@dataclass(frozen=True)
class Metric:
    kind: str  # counter, gauge, histogram
    labels: frozenset[str]


@dataclass(frozen=True)
class Use:
    """A selector in an expression, and the functions around it from the inside."""

    name: str
    labels: frozenset[str]
    functions: tuple[str, ...]
    ranged: bool


def server_metrics() -> dict[str, Metric]:
    metrics = {}
    for line in GOLDEN.read_text().splitlines():
        name, kind, *labels = line.split()
        metrics[name] = Metric(kind, frozenset(labels))
    return metrics


def operator_metrics() -> dict[str, Metric]:
    """As the operator's source registers them."""
    families = re.findall(r'(Counter|Gauge|Histogram)Family\(\s*"([a-z_]+)"', OPERATOR_SOURCE.read_text())
    return {
        name: Metric(kind.lower(), frozenset(OPERATOR_LABELS.get(name, ())))
        for kind, name in families
    }


def family(name: str, known: dict[str, Metric]) -> Metric | None:
    """Of a series' name, which for histograms has one of three endings."""
    if name in known:
        return known[name]
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    found = known.get(base)
    return found if found is not None and found.kind == "histogram" else None


def parse(expression: str):
    return promql_parser.parse(expression.replace("$__rate_interval", "1m"))


def _children(node) -> Iterator:
    for attribute in ("expr", "lhs", "rhs"):
        child = getattr(node, attribute, None)
        if child is not None:
            yield child
    yield from getattr(node, "args", [])


def uses(node, functions: tuple[str, ...] = ()) -> Iterator[Use]:
    """All selectors below a parsed expression."""
    if isinstance(node, promql_parser.MatrixSelector):
        yield _use(node.vector_selector, functions, ranged=True)
    elif isinstance(node, promql_parser.VectorSelector):
        yield _use(node, functions, ranged=False)
    if isinstance(node, promql_parser.Call):
        functions = (node.func.name, *functions)
    for child in _children(node):
        yield from uses(child, functions)


def _use(node, functions: tuple[str, ...], ranged: bool) -> Use:
    labels = frozenset(matcher.name for matcher in node.matchers.matchers)
    return Use(node.name, labels, functions, ranged)


def grouped_labels(expression: str) -> set[str]:
    """What `by (...)` and `on (...)` name."""
    named = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression)
    return {label.strip() for group in named for label in group.split(",") if label.strip()}


def complaints(expression: str, known: dict[str, Metric]) -> list[str]:
    """Metrics and labels that do not exist, counters that are read as they are."""
    found = []
    possible = set(TARGET_LABELS)
    for use in uses(parse(expression)):
        metric = family(use.name, known)
        if metric is None:
            found.append(f"{use.name} is no metric of the server or the operator")
            continue
        possible |= metric.labels
        for label in sorted(use.labels - metric.labels - TARGET_LABELS):
            found.append(f"{use.name} has no label {label}")
        cumulative = metric.kind in ("counter", "histogram")
        if cumulative and not (use.ranged and use.functions and use.functions[0] in OVER_TIME):
            found.append(f"{use.name} is a counter: rate() or increase() is missing")
        if not cumulative and use.functions[:1] and use.functions[0] in OVER_TIME:
            found.append(f"{use.name} is a gauge: rate() means nothing")
    for label in sorted(grouped_labels(expression) - possible):
        found.append(f"nothing here has the label {label}, by which is grouped")
    return found
