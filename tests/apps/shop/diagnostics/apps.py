# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class DiagnosticsConfig(AppConfig):
    name = "diagnostics"
