# SPDX-License-Identifier: Apache-2.0
"""Reading the parameters of a query string, for the applications beside this file."""

from urllib.parse import parse_qs


def parameters(environ) -> dict[str, str]:
    """The last value of each name."""
    return {name: values[-1] for name, values in parse_qs(environ["QUERY_STRING"]).items()}


def number(environ, name: str, default: int) -> int:
    return int(parameters(environ).get(name, default))
