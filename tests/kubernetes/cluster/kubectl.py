# SPDX-License-Identifier: Apache-2.0
"""kubectl, as a person would use it, and waiting for what it shows."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class KubectlError(RuntimeError):
    pass


class Kubectl:
    def __init__(self, binaries: Path, kubeconfig: Path):
        self.command = [str(binaries / "kubectl"), f"--kubeconfig={kubeconfig}"]

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            [*self.command, *arguments], input=stdin, capture_output=True, text=True, timeout=180
        )
        if done.returncode != 0:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def get(self, kind: str, name: str, namespace: str = "default") -> dict[str, Any]:
        return json.loads(self("get", kind, name, "-n", namespace, "-o", "json"))

    def find(self, kind: str, name: str, namespace: str = "default") -> dict[str, Any] | None:
        """The object, or nothing where there is none."""
        text = self("get", kind, name, "-n", namespace, "-o", "json", "--ignore-not-found")
        return json.loads(text) if text.strip() else None

    def list(self, kind: str, selector: str = "", namespace: str = "default") -> list[dict[str, Any]]:
        arguments = ["-l", selector] if selector else []
        return json.loads(self("get", kind, "-n", namespace, "-o", "json", *arguments))["items"]

    def apply(self, *objects: dict[str, Any]) -> str:
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        return self("apply", "--server-side", "-f", "-", stdin=text)

    def patch(self, kind: str, name: str, patch: dict[str, Any], namespace: str = "default") -> str:
        return self("patch", kind, name, "-n", namespace, "--type=merge", "-p", json.dumps(patch))


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """The first true value of `condition`; else an AssertionError that says what it was last."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except KubectlError as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}; last: {last}")
        time.sleep(0.2)
