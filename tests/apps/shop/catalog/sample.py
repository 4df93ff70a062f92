# SPDX-License-Identifier: Apache-2.0
"""Deterministic sample data: the same rows on every machine and for every run."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from django.utils.text import slugify

from catalog.models import Category, Product, Review, Supplier
from customers.models import Customer
from orders.models import Order, OrderLine

PRODUCTS, CUSTOMERS, REVIEWS, ORDERS = 2400, 600, 6000, 1200
OPENED = datetime(2024, 1, 1, 8, tzinfo=timezone.utc)
SPAN_MINUTES = 700 * 24 * 60

NOUNS = {
    "Books": "Atlas Notebook Cookbook Almanac Sketchbook Dictionary",
    "Garden": "Spade Trowel Planter Hose Watering-can Trellis",
    "Kitchen": "Kettle Saucepan Whisk Teapot Colander Chopping-board",
    "Lighting": "Desk-lamp Lantern Floor-lamp Night-light Pendant Torch",
    "Music": "Ukulele Tambourine Metronome Kalimba Harmonica Music-stand",
    "Outdoors": "Tent Rucksack Hammock Compass Camp-stove Sleeping-bag",
    "Stationery": "Pencil-case Stapler Fountain-pen Ink-bottle Ruler Folder",
    "Textiles": "Blanket Cushion Tablecloth Towel Rug Curtain",
    "Tools": "Hammer Chisel Spirit-level Hand-saw Screwdriver Workbench",
    "Toys": "Kite Marble-run Spinning-top Jigsaw Train-set Yo-yo",
    "Travel": "Suitcase Passport-cover Neck-pillow Luggage-tag Wash-bag Umbrella",
    "Workshop": "Tool-box Vice Soldering-iron Drill-stand Clamp Saw-horse",
}
FINISHES = "Amber Birch Cobalt Copper Crimson Ebony Ivory Jade Linen Maple Olive Slate".split()
STYLES = "Classic Compact Folding Handmade Large Light Pocket Robust Slim Sturdy".split()
TRADES = "Crafts Goods Trading Works".split()
COUNTRIES = "Austria Denmark Finland France Ireland Italy Portugal Sweden".split()
FIRST = "Ada Bruno Clara Dario Elin Farid Greta Hugo Ines Jonas Kira Luca Mina Nils".split()
LAST = "Abel Brandt Costa Dahl Ekman Ferri Gomes Holm Ivars Jansen Keller Lund".split()
CITIES = "Aarhus Bologna Cork Dresden Espoo Graz Lyon Malmo Porto Turin".split()
PRAISE = {
    1: "It broke on the second day. A pity.",
    2: "Less sturdy than the picture suggests.",
    3: "Does what it should, no more.",
    4: "Good value, and it arrived quickly.",
    5: "I would buy it again at once.",
}


class Sample:
    """Builds the rows in the order in which they refer to each other; saves nothing."""

    def __init__(self, seed: int = 20):
        self._random = random.Random(seed)

    def categories(self) -> list[Category]:
        return [Category(name=name, slug=slugify(name)) for name in NOUNS]

    def suppliers(self) -> list[Supplier]:
        return [
            Supplier(name=f"{last} {trade} Ltd", country=self._random.choice(COUNTRIES))
            for last in LAST
            for trade in TRADES
        ]

    def products(self, categories: list[Category], suppliers: list[Supplier]) -> Iterator[Product]:
        for number in range(1, PRODUCTS + 1):
            category = self._random.choice(categories)
            noun = self._random.choice(NOUNS[category.name].split()).replace("-", " ").lower()
            style, finish = self._random.choice(STYLES), self._random.choice(FINISHES)
            name = f"{style} {finish.lower()} {noun} No. {number}"
            yield Product(
                name=name,
                slug=slugify(name),
                description=f"A {style.lower()} {noun} in {finish.lower()}, from our shelf for "
                f"{category.name.lower()}. Checked by hand and packed without plastic.",
                price=Decimal(self._random.randrange(250, 25000)) / 100,
                stock=self._random.choice((0, 1, 3, 8, 20, 75)),
                category=category,
                supplier=self._random.choice(suppliers),
                added=self._moment(),
            )

    def customers(self) -> Iterator[Customer]:
        for number in range(1, CUSTOMERS + 1):
            first, last = self._random.choice(FIRST), self._random.choice(LAST)
            yield Customer(
                name=f"{first} {last}",
                email=f"{first}.{last}.{number}@example.org".lower(),
                city=self._random.choice(CITIES),
                joined=self._moment(),
            )

    def reviews(self, products: list[Product], customers: list[Customer]) -> Iterator[Review]:
        for _ in range(REVIEWS):
            customer = self._random.choice(customers)
            stars = self._random.choice((1, 2, 3, 4, 4, 4, 5, 5, 5))
            yield Review(
                product=self._random.choice(products),
                customer=customer,
                author=customer.name,
                stars=stars,
                text=PRAISE[stars],
                written=self._moment(),
            )

    def orders(self, customers: list[Customer]) -> Iterator[Order]:
        for _ in range(ORDERS):
            yield Order(customer=self._random.choice(customers), placed=self._moment())

    def order_lines(self, orders: list[Order], products: list[Product]) -> Iterator[OrderLine]:
        for order in orders:
            for product in self._random.sample(products, self._random.randint(1, 4)):
                yield OrderLine(
                    order=order,
                    product=product,
                    quantity=self._random.randint(1, 3),
                    price=product.price,
                )

    def _moment(self) -> datetime:
        return OPENED + timedelta(minutes=self._random.randrange(SPAN_MINUTES))
