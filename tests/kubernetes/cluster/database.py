# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL for the shop, beside the node."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .images import SHOP
from .network import NODE_ADDRESS, POD_SUBNET
from .process import Programs

URL = f"postgres://shop:shop@{NODE_ADDRESS}:5432/shop"
OWNER = "postgres"


def programs_folder() -> Path:
    """Debian keeps each version's programs apart."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


class Database:
    def __init__(self, programs: Programs, data: Path):
        self.programs = programs
        self.data = data / "postgresql"
        self.folder = programs_folder()

    def start(self) -> None:
        self.data.mkdir(mode=0o700)
        shutil.chown(self.data, OWNER, OWNER)
        self._as_owner("initdb", "--auth=trust", "--no-sync", "--encoding=UTF8", str(self.data))
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {POD_SUBNET} password\nhost all all {NODE_ADDRESS}/32 password\n")
        postgres = self.programs.start(
            "postgresql",
            [
                "runuser", "-u", OWNER, "--", self.folder / "postgres", "-D", self.data,
                "-c", "listen_addresses=*", "-c", f"unix_socket_directories={self.data}",
                "-c", "fsync=off", "-c", "max_connections=300",
            ],
        )  # fmt: skip
        postgres.wait_until(self._ready, 30)
        self._as_owner("psql", "-h", str(self.data), "-c", "CREATE ROLE shop LOGIN PASSWORD 'shop'")
        self._as_owner("psql", "-h", str(self.data), "-c", "CREATE DATABASE shop OWNER shop")
        for command in ("migrate", "seed"):
            environment = os.environ | {"SHOP_DATABASE_URL": URL}
            subprocess.run(
                [sys.executable, "manage.py", command], cwd=SHOP, env=environment, check=True, capture_output=True
            )

    def _as_owner(self, program: str, *arguments: str) -> None:
        command = ["runuser", "-u", OWNER, "--", str(self.folder / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/")
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")

    def _ready(self) -> bool:
        command = [str(self.folder / "pg_isready"), "-q", "-h", str(self.data)]
        return subprocess.run(command).returncode == 0
