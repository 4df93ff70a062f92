# SPDX-License-Identifier: Apache-2.0
"""Lets an application that uses prometheus_client write its metrics where monoceros-agent finds them.

prometheus_client's multiprocess mode keeps the values of each process in files named by the process.
Here the name is the worker slot: a worker's replacement goes on with the counters of the one before
it, and no file is left behind by each. prometheus_client itself is imported only by the application.
"""

import glob
import os
import sys
from importlib.machinery import PathFinder

VALUES = "prometheus_client.values"
# What a gauge of these modes says holds for one process only, so it ends with it. The files of other
# modes go on with the slot, as those of counters do.
MODES_OF_ONE_PROCESS = ("all", "live*")

_owner = None  # the process that _name stands for
_name = "template"


def start(directory):
    """In the template, before the application is imported; makes the directory."""
    os.makedirs(directory, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = os.path.realpath(directory)
    _become("template", modes=("*",))
    if VALUES in sys.modules:
        _use_slots(sys.modules[VALUES])
    else:
        sys.meta_path.insert(0, _Finder)


def enter_worker(slot):
    """In a worker of this slot, after it was forked and before the application runs."""
    _become(str(slot), modes=MODES_OF_ONE_PROCESS)


def identify():
    """The name of this process: its slot, or that of the worker which forked it and its own pid."""
    pid = os.getpid()
    return _name if pid == _owner else f"{_name}-{pid}"


def _become(name, modes):
    global _owner, _name
    _owner, _name = os.getpid(), name
    directory = glob.escape(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    for mode in modes:
        for writer in (name, f"{name}-*"):
            for path in glob.glob(f"{directory}/gauge_{mode}_{writer}.db"):
                os.unlink(path)


def _use_slots(values):
    values.ValueClass = values.MultiProcessValue(identify)


class _Finder:
    """Changes the module VALUES as soon as it is loaded, before any metric can be made."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != VALUES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            load = spec.loader.exec_module

            def load_and_change(module):
                load(module)
                _use_slots(module)

            spec.loader.exec_module = load_and_change
        return spec
