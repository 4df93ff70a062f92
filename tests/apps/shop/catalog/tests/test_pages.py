# SPDX-License-Identifier: Apache-2.0
from django.test import TestCase
from django.urls import reverse

from catalog.models import Product
from catalog.tests.rows import add_product, add_review


class ProductListTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        for number in range(60):
            add_product(f"Kettle {number:02}", category="Kitchen", price=number)
        add_product("Spade", category="Garden")

    def test_a_page_has_fifty_products_and_a_link_to_the_next(self):
        page = self.client.get(reverse("products"))
        self.assertEqual(len(page.context["products"]), 50)
        self.assertContains(page, "Page 1 of 2")
        self.assertContains(page, "?page=2")

    def test_the_number_of_queries_does_not_grow_with_the_page(self):
        with self.assertNumQueries(3):
            self.client.get(reverse("products"))

    def test_a_category_filters(self):
        page = self.client.get(reverse("products"), {"category": "garden"})
        self.assertEqual([product.name for product in page.context["products"]], ["Spade"])

    def test_products_are_ordered_by_price_where_asked(self):
        page = self.client.get(reverse("products"), {"order": "price", "page": 2})
        prices = [product.price for product in page.context["products"]]
        self.assertEqual(prices, sorted(prices))

    def test_the_rating_is_the_mean_of_the_stars(self):
        spade = Product.objects.get(name="Spade")
        add_review(spade, stars=5)
        add_review(spade, stars=2)
        page = self.client.get(reverse("products"), {"category": "garden"})
        self.assertContains(page, "★ 3.5")

    def test_a_page_that_does_not_exist_is_not_found(self):
        self.assertEqual(self.client.get(reverse("products"), {"page": 99}).status_code, 404)


class SearchTests(TestCase):
    def test_every_word_must_occur(self):
        add_product("Blue kettle")
        add_product("Blue spade")
        page = self.client.get(reverse("search"), {"q": "blue kettle"})
        self.assertEqual([product.name for product in page.context["products"]], ["Blue kettle"])

    def test_an_empty_search_finds_nothing(self):
        add_product("Kettle")
        self.assertContains(self.client.get(reverse("search")), "Nothing matches")

    def test_what_was_asked_is_shown_escaped(self):
        page = self.client.get(reverse("search"), {"q": "<script>"})
        self.assertNotContains(page, "<script>")


class ProductDetailTests(TestCase):
    def test_it_shows_the_product_and_its_reviews(self):
        kettle = add_product("Kettle")
        add_review(kettle, stars=4, text="Boils well.")
        page = self.client.get(kettle.get_absolute_url())
        self.assertContains(page, "Kettle")
        self.assertContains(page, "Boils well.")

    def test_an_unknown_product_is_not_found(self):
        page = self.client.get(reverse("product", args=["nothing"]))
        self.assertContains(page, "We have nothing here", status_code=404)


class CsvTests(TestCase):
    def test_it_streams_a_row_for_each_product(self):
        add_product("Kettle, large")
        response = self.client.get(reverse("products-csv"))
        self.assertTrue(response.streaming)
        rows = response.getvalue().decode().splitlines()
        self.assertEqual(rows[0], "slug,name,category,supplier,price,stock")
        self.assertIn('"Kettle, large"', rows[1])
