# SPDX-License-Identifier: Apache-2.0
"""`validated:make("streams")` is the application of that module, watched by wsgiref.validate."""

import importlib
from wsgiref.validate import validator


def make(module: str):
    return validator(importlib.import_module(module).application)
