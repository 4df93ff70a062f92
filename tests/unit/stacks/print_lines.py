# SPDX-License-Identifier: Apache-2.0
"""Prints the location table of every code object of the standard library's top modules and what the
interpreter reads from it: "FIRST_LINE TABLE START:END:LINE ...", LINE 0 for none."""

import sys
import sysconfig
from pathlib import Path
from types import CodeType


def walk(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from walk(constant)


def main():
    sys.setrecursionlimit(10_000)
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        try:
            module = compile(path.read_bytes(), str(path), "exec")
        except (SyntaxError, ValueError):
            continue
        for code in walk(module):
            lines = " ".join(f"{a}:{b}:{line or 0}" for a, b, line in code.co_lines())
            print(code.co_firstlineno, code.co_linetable.hex(), lines)


main()
