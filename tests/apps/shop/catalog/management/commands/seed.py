# SPDX-License-Identifier: Apache-2.0
from django.core.management.base import BaseCommand
from django.db import transaction

from catalog.models import Category, Product, Review, Supplier
from catalog.sample import Sample
from customers.models import Customer
from orders.models import Order, OrderLine


class Command(BaseCommand):
    help = "Fills an empty shop with the same few thousand rows every time; leaves a filled one."

    def handle(self, *args, **options):
        with transaction.atomic():
            if Product.objects.exists():
                self.stdout.write("The shop has its goods already.")
                return
            rows = self._fill(Sample())
        self.stdout.write(f"{rows} rows were added.")

    def _fill(self, sample: Sample) -> int:
        categories = Category.objects.bulk_create(sample.categories())
        suppliers = Supplier.objects.bulk_create(sample.suppliers())
        products = Product.objects.bulk_create(sample.products(categories, suppliers))
        customers = Customer.objects.bulk_create(sample.customers())
        reviews = Review.objects.bulk_create(sample.reviews(products, customers))
        orders = Order.objects.bulk_create(sample.orders(customers))
        lines = OrderLine.objects.bulk_create(sample.order_lines(orders, products))
        tables = (categories, suppliers, products, customers, reviews, orders, lines)
        return sum(len(rows) for rows in tables)
