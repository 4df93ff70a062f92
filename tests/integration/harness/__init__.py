# SPDX-License-Identifier: Apache-2.0
"""Runs the real server for the tests beside this package: see README.md one folder up."""
