# SPDX-License-Identifier: Apache-2.0
"""A shell in the cluster, for people: `tests/kubernetes/run --shell`."""

import os
import subprocess

from .cluster import Cluster


def main() -> None:
    cluster = Cluster()
    try:
        cluster.start()
        path = f"{cluster.binaries}:{os.environ['PATH']}"
        environment = os.environ | {"KUBECONFIG": str(cluster.control_plane.admin), "PATH": path}
        subprocess.run([os.environ.get("SHELL", "bash")], env=environment)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
