# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from catalog import api, views

urlpatterns = [
    path("", views.ProductList.as_view(), name="products"),
    path("search/", views.Search.as_view(), name="search"),
    path("products.csv", views.products_csv, name="products-csv"),
    path("products/<slug:slug>/", views.ProductDetail.as_view(), name="product"),
    path("products/<slug:slug>/reviews/", views.AddReview.as_view(), name="add-review"),
    path("products/<slug:slug>/photos/", views.AddPhoto.as_view(), name="add-photo"),
    path("photos/<int:pk>/", views.photo, name="photo"),
    path("api/products/", api.products, name="api-products"),
    path("api/products/<slug:slug>/", api.product, name="api-product"),
]
