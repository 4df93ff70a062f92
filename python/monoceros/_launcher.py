# SPDX-License-Identifier: Apache-2.0
"""Starts one of the programs in place of this process."""

import os
import sys
from pathlib import Path


def find_program(name="monoceros"):
    """A program by its name: inside the installed package, or beside a build's package."""
    package = Path(__file__).resolve().parent
    for program in (package / "bin" / name, package.parents[1] / "bin" / name):
        if os.access(program, os.X_OK):
            return str(program)
    sys.exit(f"{name}: the program is not in {package / 'bin'}: install monoceros again")


def command(program, arguments, interpreter):
    """The server's command line; the application runs in `interpreter` unless told otherwise."""
    chosen = any(a == "--python" or a.startswith("--python=") for a in arguments)
    return [program, *([] if chosen else ["--python", interpreter]), *arguments]


def main():
    program = find_program()
    os.execv(program, command(program, sys.argv[1:], sys.executable))


def agent():
    program = find_program("monoceros-agent")
    os.execv(program, [program, *sys.argv[1:]])


def monoctl():
    program = find_program("monoctl")
    os.execv(program, [program, *sys.argv[1:]])
