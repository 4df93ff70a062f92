# SPDX-License-Identifier: Apache-2.0
import io

from django.core.management import call_command
from django.test import TestCase

from catalog.models import Product, Review
from catalog.sample import PRODUCTS, REVIEWS, Sample
from orders.models import Order


def seed() -> str:
    out = io.StringIO()
    call_command("seed", stdout=out)
    return out.getvalue()


class SeedTests(TestCase):
    def test_a_second_run_changes_nothing(self):
        self.assertIn("rows were added", seed())
        self.assertIn("already", seed())
        self.assertEqual(Product.objects.count(), PRODUCTS)
        self.assertEqual(Review.objects.count(), REVIEWS)
        self.assertTrue(all(order.total > 0 for order in Order.objects.all()[:20]))

    def test_the_goods_are_the_same_every_time(self):
        def names():
            sample = Sample()
            categories, suppliers = sample.categories(), sample.suppliers()
            return [product.name for product in sample.products(categories, suppliers)]

        self.assertEqual(names(), names())
