# SPDX-License-Identifier: Apache-2.0
from decimal import Decimal

from django.test import Client, TestCase
from django.urls import reverse

from catalog.tests.rows import add_product
from customers.models import Customer
from orders.models import Order

BUYER = {"name": "A buyer", "email": "buyer@example.org"}


class CartTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.kettle = add_product("Kettle", price="12.50")

    def add(self, quantity="1"):
        return self.client.post(reverse("add-to-cart", args=["kettle"]), {"quantity": quantity})

    def test_the_session_keeps_the_cart(self):
        self.add("2")
        self.add("1")
        page = self.client.get(reverse("cart"))
        self.assertEqual(page.context["cart"].total, Decimal("37.50"))

    def test_another_visitor_has_another_cart(self):
        self.add()
        self.assertContains(Client().get(reverse("cart")), "It is empty.")

    def test_a_quantity_that_is_no_number_is_refused(self):
        for quantity in ("", "none", "0", "100"):
            with self.subTest(quantity=quantity):
                self.assertEqual(self.add(quantity).status_code, 400)

    def test_no_line_grows_over_the_greatest_quantity(self):
        self.add("99")
        self.add("99")
        self.assertEqual(len(self.client.get(reverse("cart")).context["cart"]), 99)

    def test_a_product_can_be_taken_out_again(self):
        self.add()
        self.client.post(reverse("remove-from-cart", args=["kettle"]))
        self.assertContains(self.client.get(reverse("cart")), "It is empty.")


class CheckoutTests(TestCase):
    def setUp(self):
        self.kettle = add_product("Kettle", price="12.50")
        self.client.post(reverse("add-to-cart", args=["kettle"]), {"quantity": "2"})

    def test_an_order_keeps_the_price_of_its_day_and_empties_the_cart(self):
        self.client.post(reverse("checkout"), BUYER)
        self.kettle.price = Decimal("99.00")
        self.kettle.save()
        self.assertEqual(Order.objects.get().total, Decimal("25.00"))
        self.assertContains(self.client.get(reverse("cart")), "It is empty.")
        self.assertContains(self.client.get(reverse("orders")), "25.00")

    def test_a_known_address_is_no_new_customer(self):
        self.client.post(reverse("checkout"), BUYER)
        self.client.post(reverse("add-to-cart", args=["kettle"]), {"quantity": "1"})
        self.client.post(reverse("checkout"), BUYER | {"name": "The same buyer"})
        self.assertEqual(Customer.objects.get().orders.count(), 2)

    def test_an_address_that_is_none_places_no_order(self):
        page = self.client.post(reverse("checkout"), BUYER | {"email": "nowhere"})
        self.assertContains(page, "valid email", status_code=400)
        self.assertFalse(Order.objects.exists())

    def test_an_empty_cart_places_no_order(self):
        self.assertEqual(Client().post(reverse("checkout"), BUYER).status_code, 400)
