# SPDX-License-Identifier: Apache-2.0
import hashlib
import tempfile
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from catalog.tests.rows import add_product

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
REVIEW = {"author": "A visitor", "stars": "4", "text": "Boils well."}


class ReviewTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.kettle = add_product("Kettle")
        cls.url = reverse("add-review", args=["kettle"])

    def test_a_review_is_kept_and_shown(self):
        page = self.client.post(self.url, REVIEW, follow=True)
        self.assertContains(page, "Thank you for your review.")
        self.assertContains(page, "Boils well.")

    def test_six_stars_are_refused(self):
        page = self.client.post(self.url, REVIEW | {"stars": "6"})
        self.assertContains(page, "less than or equal to 5")
        self.assertFalse(self.kettle.reviews.exists())

    def test_a_post_without_the_csrf_token_is_forbidden(self):
        strict = Client(enforce_csrf_checks=True)
        self.assertEqual(strict.post(self.url, REVIEW).status_code, 403)
        strict.get(self.kettle.get_absolute_url())
        token = strict.cookies["csrftoken"].value
        answer = strict.post(self.url, REVIEW | {"csrfmiddlewaretoken": token})
        self.assertEqual(answer.status_code, 302)


class PhotoTests(TestCase):
    def setUp(self):
        self.kettle = add_product("Kettle")
        self.url = reverse("add-photo", args=["kettle"])
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(MEDIA_ROOT=self.folder))

    def upload(self, content: bytes):
        return self.client.post(self.url, {"file": SimpleUploadedFile("a.png", content)})

    def test_an_uploaded_photo_is_served_byte_for_byte(self):
        self.assertRedirects(self.upload(PNG), self.kettle.get_absolute_url())
        photo = self.kettle.photos.get()
        self.assertEqual(photo.sha256, hashlib.sha256(PNG).hexdigest())
        answer = self.client.get(photo.get_absolute_url())
        self.assertEqual(answer["Content-Type"], "image/png")
        self.assertEqual(answer.getvalue(), PNG)

    def test_a_page_with_the_photo_links_to_it(self):
        self.upload(PNG)
        page = self.client.get(self.kettle.get_absolute_url())
        self.assertContains(page, self.kettle.photos.get().get_absolute_url())

    def test_what_is_no_picture_is_refused(self):
        self.assertContains(self.upload(b"#!/bin/sh\n"), "Only PNG, JPEG and GIF")
        self.assertEqual(list(self.folder.iterdir()), [])

    @override_settings(PHOTO_MAX_BYTES=100)
    def test_a_photo_over_the_limit_is_refused(self):
        self.assertContains(self.upload(PNG), "larger than 100")
