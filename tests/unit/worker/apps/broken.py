# SPDX-License-Identifier: Apache-2.0
import json

settings = json.loads("{")
