# SPDX-License-Identifier: Apache-2.0
"""python -m monoceros: the server, with this interpreter for the application."""

from monoceros._launcher import main

main()
