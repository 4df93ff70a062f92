# SPDX-License-Identifier: Apache-2.0
from django.test import TestCase
from django.urls import reverse

from catalog.tests.rows import add_product, add_review


class ApiTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.kettle = add_product("Kettle", price="12.30")
        add_product("Spade", category="Garden")
        add_review(cls.kettle, stars=5)

    def test_the_list_counts_and_describes_the_products(self):
        answer = self.client.get(reverse("api-products")).json()
        self.assertEqual(answer["count"], 2)
        self.assertEqual(answer["products"][0]["name"], "Kettle")
        self.assertEqual(answer["products"][0]["price"], "12.30")
        self.assertEqual(answer["products"][0]["rating"], 5.0)

    def test_a_category_filters_the_list(self):
        answer = self.client.get(reverse("api-products"), {"category": "garden"}).json()
        self.assertEqual([product["slug"] for product in answer["products"]], ["spade"])

    def test_one_product_has_its_description(self):
        answer = self.client.get(reverse("api-product", args=["kettle"])).json()
        self.assertEqual(answer["description"], "Sample")

    def test_the_list_cannot_be_written(self):
        self.assertEqual(self.client.post(reverse("api-products")).status_code, 405)
