# SPDX-License-Identifier: Apache-2.0
"""The GIL of a free-threaded interpreter, for worker classes that need one."""

import importlib.util
import sys
import warnings

from monoceros import _monoceros


def turn_gil_on():
    """CPython turns it on, for good, when a module is loaded that does not say that it can do without.
    False: it was forbidden (PYTHON_GIL=0)."""
    spec = importlib.util.spec_from_file_location("monoceros._with_gil", _monoceros.__file__)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # we say it in a line
        importlib.util.module_from_spec(spec)
    return sys._is_gil_enabled()
