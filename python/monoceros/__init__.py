# SPDX-License-Identifier: Apache-2.0
"""Monoceros runs Python web applications. The server itself is the program bin/monoceros; this
package is what it needs inside the application's interpreter."""
