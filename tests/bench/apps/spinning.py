# SPDX-License-Identifier: Apache-2.0
"""CPU time for the slow pages, the same on a busy machine as on an idle one."""

import time


def spin(seconds=0.010):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
