# SPDX-License-Identifier: Apache-2.0
"""Nothing here is harmed by a fork, and there is enough of it to see that it is shared."""

from whoami import application

__all__ = ["application", "table"]

# About 40 MiB that every worker of a preloaded application has in common.
table = [bytes(1024) + b"%d" % number for number in range(40_000)]
