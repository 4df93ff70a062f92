# SPDX-License-Identifier: Apache-2.0
"""What Prometheus's discovery of pods makes of them, for its file_sd_configs: Debian builds
Prometheus without kubernetes_sd_configs, and tests of relabelling need no cluster. The relabelling
itself stays that of deploy/prometheus/scrape.yaml."""

import re
from pathlib import Path

import yaml

SCRAPE = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "scrape.yaml"
META = "__meta_kubernetes_"


def _named(kind: str, values: dict[str, str] | None) -> dict[str, str]:
    labels = {}
    for name, value in (values or {}).items():
        safe = re.sub(r"[^a-zA-Z0-9_]", "_", name)
        labels[f"{META}pod_{kind}_{safe}"] = value
        labels[f"{META}pod_{kind}present_{safe}"] = "true"
    return labels


def _of_pod(pod: dict) -> dict[str, str]:
    metadata, status = pod["metadata"], pod.get("status", {})
    return {
        f"{META}namespace": metadata["namespace"],
        f"{META}pod_name": metadata["name"],
        f"{META}pod_ip": status.get("podIP", ""),
        f"{META}pod_phase": status.get("phase", ""),
        **_named("label", metadata.get("labels")),
        **_named("annotation", metadata.get("annotations")),
    }


def target_groups(pods: list[dict]) -> list[dict]:
    """A group for each declared port of each container, the init containers' included."""
    groups = []
    for pod in pods:
        address = pod.get("status", {}).get("podIP")
        if not address:
            continue
        spec = pod["spec"]
        containers = [(item, False) for item in spec["containers"]]
        containers += [(item, True) for item in spec.get("initContainers", [])]
        for container, init in containers:
            for port in container.get("ports", []):
                labels = _of_pod(pod) | {
                    f"{META}pod_container_name": container["name"],
                    f"{META}pod_container_init": "true" if init else "false",
                    f"{META}pod_container_port_name": port.get("name", ""),
                    f"{META}pod_container_port_number": str(port["containerPort"]),
                }
                groups.append(
                    {"targets": [f"{address}:{port['containerPort']}"], "labels": labels}
                )
    return groups


def selector(job: dict) -> str:
    """The label selector by which a job of scrape.yaml finds its pods."""
    return job["kubernetes_sd_configs"][0]["selectors"][0]["label"]


def scrape_configs(folder: Path) -> list[dict]:
    """The jobs of scrape.yaml; each reads its targets, target_groups() as JSON, from the file
    `<job_name>.json` in `folder`, again after every change."""
    jobs = yaml.safe_load(SCRAPE.read_text())["scrape_configs"]
    for job in jobs:
        del job["kubernetes_sd_configs"]
        job["file_sd_configs"] = [{"files": [str(folder / f"{job['job_name']}.json")]}]
    return jobs
