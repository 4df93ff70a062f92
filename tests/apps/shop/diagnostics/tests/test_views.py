# SPDX-License-Identifier: Apache-2.0
from unittest import mock

from django.db.utils import OperationalError
from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from diagnostics import views


class HealthTests(TestCase):
    def test_it_is_well_while_the_database_answers(self):
        self.assertEqual(self.client.get(reverse("health")).json()["status"], "ok")

    def test_it_is_unavailable_when_the_database_fails(self):
        with mock.patch.object(views.connection, "cursor", side_effect=OperationalError("gone")):
            answer = self.client.get(reverse("health"))
        self.assertEqual(answer.status_code, 503)
        self.assertEqual(answer.json()["database"], "gone")


class SlowTests(TestCase):
    def test_it_waits_as_long_as_asked(self):
        answer = self.client.get(reverse("slow"), {"seconds": "0.02"}).json()
        self.assertGreaterEqual(answer["waited"], 0.02)

    def test_it_waits_no_longer_than_the_limit(self):
        with mock.patch.object(views, "wait_for_backend") as wait:
            self.client.get(reverse("slow"), {"seconds": "3600"})
        wait.assert_called_once_with(views.MAX_SECONDS)

    def test_what_is_no_duration_is_refused(self):
        for seconds in ("soon", "-1", "nan", "inf"):
            with self.subTest(seconds=seconds):
                answer = self.client.get(reverse("slow"), {"seconds": seconds})
                self.assertEqual(answer.status_code, 400)


class ConnectionTests(SimpleTestCase):
    def test_only_postgresql_has_backends(self):
        self.assertEqual(self.client.get(reverse("connection")).status_code, 404)


class CpuTests(SimpleTestCase):
    def test_it_counts_primes(self):
        answer = self.client.get(reverse("cpu"), {"limit": "100"}).json()
        self.assertEqual(answer["primes"], 25)

    def test_what_is_no_number_is_refused(self):
        self.assertEqual(self.client.get(reverse("cpu"), {"limit": "many"}).status_code, 400)
