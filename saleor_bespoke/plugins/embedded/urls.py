"""The addresses of the embedded site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path


def health(request: HttpRequest) -> HttpResponse:
    """Answer that the process is alive."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("health/", health),
]
