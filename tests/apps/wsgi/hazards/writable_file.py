# SPDX-License-Identifier: Apache-2.0
"""A regular file open for writing: its buffer and offset would be shared."""

import tempfile

from whoami import application

__all__ = ["application", "journal"]

journal = tempfile.NamedTemporaryFile("w", prefix="journal-", suffix=".log")
journal.write("not yet flushed\n")
