# SPDX-License-Identifier: Apache-2.0
"""The first Python code of a template process. The master starts it with

    python -P -c BOOTSTRAP ROOT FD

where ROOT is the directory of this package, FD the socket to the master, and BOOTSTRAP

    import sys; sys.path.insert(0, sys.argv[1]); from monoceros._template import main; main()
"""

import sys

# Imported here, while ROOT is on the path, for later use by the extension.
from monoceros import _application, _monoceros  # noqa: F401


def main():
    root, socket = sys.argv[1:3]
    # The application must not find ROOT's neighbours. Where ROOT is one of the interpreter's own
    # directories it stays on the path by its other entry.
    sys.path.remove(root)
    sys.argv = ["monoceros"]
    sys.exit(_monoceros.template_main(int(socket)))
