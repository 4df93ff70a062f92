# SPDX-License-Identifier: Apache-2.0
"""Builds the images from the project's own Dockerfile, without a registry or a container engine's
daemon: podman with a store under the user's cache directory, and archives for containerd."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
TOP = HERE.parent.parent
SHOP = TOP / "tests" / "apps" / "shop"
RELEASE = "bookworm"
BASE = f"docker.io/library/debian:{RELEASE}-slim"

SERVER = "docker.io/library/monoceros:test"
OPERATOR = "docker.io/library/monoceros-operator:test"
PAUSE = "docker.io/library/monoceros-tests-pause:1"
SHOP_1 = "docker.io/library/monoceros-shop:1"
SHOP_2 = "docker.io/library/monoceros-shop:2"
SHOP_BROKEN = "docker.io/library/monoceros-shop:broken"


def say(text: str) -> None:
    print(f"kubernetes: {text}", file=sys.stderr, flush=True)


class Images:
    """`build` is the build tree whose programs are tested; `store` is kept between runs."""

    def __init__(self, build: Path, store: Path, work: Path):
        self.build = build
        self.work = work
        # Podman remembers both folders in its database: they must not change between runs.
        self.podman = [
            "podman", "--root", str(store / "root"), "--runroot", str(store / "run"),
            "--storage-driver", "overlay", "--cgroup-manager", "cgroupfs", "--runtime", "runc",
        ]  # fmt: skip

    def run(self, *arguments: str | Path) -> str:
        done = subprocess.run(
            [*self.podman, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"podman {arguments[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout.strip()

    def exists(self, image: str) -> bool:
        return subprocess.run([*self.podman, "image", "exists", image]).returncode == 0

    def make_base(self) -> None:
        """Debian's slim image as debootstrap makes it: the registry with the official one may be
        out of reach."""
        if self.exists(BASE):
            return
        say(f"debootstrap {RELEASE}")
        root = self.work / "rootfs"
        log = self.work / "debootstrap.log"
        with log.open("wb") as output:
            command = ["debootstrap", "--variant=minbase", RELEASE, str(root)]
            if subprocess.run(command, stdout=output, stderr=output).returncode != 0:
                raise RuntimeError(f"debootstrap: {log.read_text()[-2000:]}")
        archive = self.work / "rootfs.tar"
        subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."], check=True)
        self.run("import", archive, BASE)
        shutil.rmtree(root)
        archive.unlink()

    def build_image(self, tag: str, context: Path, dockerfile: Path, *arguments: str) -> None:
        say(f"image {tag.removeprefix('localhost/')}")
        self.run(
            "build", "--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096",
            "--file", dockerfile, "--tag", tag, *arguments, context,
        )  # fmt: skip

    def make_all(self) -> list[Path]:
        """Every image, as an archive that `ctr images import` takes."""
        self.make_base()
        self._make_pause()
        self._make_monoceros()
        self._make_shops()
        tags = [PAUSE, SERVER, OPERATOR, SHOP_1, SHOP_2, SHOP_BROKEN]
        archive = self.work / "images.tar"
        say("saving images")
        # What earlier runs left without a name; the layers of these images stay, as the cache.
        self.run("image", "prune", "--force")
        self.run("save", "--multi-image-archive", "--format", "docker-archive", "--output", archive, *tags)
        return [archive]

    def _make_pause(self) -> None:
        context = self.work / "pause"
        context.mkdir()
        source = HERE / "pause" / "pause.c"
        subprocess.run(["gcc", "-Os", "-static", "-s", "-o", str(context / "pause"), str(source)], check=True)
        self.build_image(PAUSE, context, HERE / "pause" / "Dockerfile")

    def _make_monoceros(self) -> None:
        subprocess.run([str(TOP / "deploy" / "docker" / "collect")], check=True)
        context = self.work / "monoceros"
        shutil.copytree(TOP / "deploy" / "docker", context / "deploy" / "docker")
        shutil.copytree(self.build / "image", context / "build" / "image")
        dockerfile = context / "deploy" / "docker" / "Dockerfile"
        for target, tag in (("operator", OPERATOR), ("server", SERVER)):
            self.build_image(tag, context, dockerfile, "--target", target, "--build-arg", "BINARIES=tested")

    def _make_shops(self) -> None:
        context = self.work / "shop"
        context.mkdir()
        ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3*", "media")
        shutil.copytree(SHOP, context / "app", ignore=ignored)
        self._download_wheels(context / "wheels")
        dockerfile = HERE / "shop.Dockerfile"
        base = ("--build-arg", f"MONOCEROS={SERVER}")
        self.build_image(SHOP_1, context, dockerfile, *base, "--build-arg", "RELEASE=1")
        self.build_image(SHOP_2, context, dockerfile, *base, "--build-arg", "RELEASE=2")
        self.build_image(SHOP_BROKEN, context, dockerfile, *base, "--build-arg", "RELEASE=broken")

    def _download_wheels(self, folder: Path) -> None:
        """Outside of the image, where pip is set up for this network."""
        requirements = SHOP / "requirements.txt"
        subprocess.run(
            [
                sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder),
                "--python-version", "3.11", "--only-binary", ":all:", "--requirement", str(requirements),
            ],
            check=True,
        )  # fmt: skip
