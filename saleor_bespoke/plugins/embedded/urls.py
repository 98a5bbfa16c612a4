"""The addresses of the embedded site."""

from __future__ import annotations

from django.contrib.staticfiles.views import serve
from django.urls import path

from saleor_bespoke.plugins.embedded import views

urlpatterns = [
    path("graphql/", views.graphql, name="graphql"),
    path("plugins/saleor.bespoke/stripe/webhook", views.stripe_webhook, name="stripe-webhook"),
    path("plugins/saleor.bespoke/files/<str:link>", views.private_file, name="private-file"),
    path("plugins/saleor.bespoke/dossiers/<str:link>", views.private_dossier, name="dossier"),
    path(
        "plugins/saleor.bespoke/certificates/<str:code>",
        views.public_certificate,
        name="certificate",
    ),
    path("health/", views.health, name="health"),
    # The explorer's few files; "insecure" is Django's word for serving them without a web server.
    path("static/<path:path>", serve, {"insecure": True}),
]
