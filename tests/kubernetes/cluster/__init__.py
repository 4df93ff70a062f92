# SPDX-License-Identifier: Apache-2.0
"""A one-node Kubernetes of the tests' own: the real programs, in namespaces of their own."""
