"""Everybody who may knock at a real Saleor's endpoint, each with what they show there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from saleor.app.models import App
from saleor.core.db.connection import allow_writer
from saleor.core.jwt import create_access_token

from tests.hosts.saleor import app_token

Json = dict[str, Any]


@dataclass(frozen=True)
class Caller:
    """What somebody shows at the endpoint: a token of the shop, and one of a commission."""

    bearer: str = ""
    token: str | None = None


def user(email: str, token: str | None = None) -> Caller:
    """A person who logged in."""
    return Caller(create_access_token(get_user_model().objects.get(email=email)), token)


def program(*permissions: str) -> Caller:
    """An app with a token of its own and these permissions, by Saleor's names."""
    return Caller(app_token(*(name.lower() for name in permissions)))


def app_of(caller: Caller) -> App:
    """The app that a caller's token belongs to."""
    return App.objects.get(tokens__token_last_4=caller.bearer[-4:])


ANONYMOUS = Caller()


def post(
    query: str, caller: Caller = ANONYMOUS, *, files: Json | None = None, **variables: Any
) -> Json:
    """POST a document as this caller; the whole answer.

    `files` maps a part's name to the path in the operation where it belongs, and the file.
    """
    headers = {"HTTP_AUTHORIZATION": f"Bearer {caller.bearer}"} if caller.bearer else {}
    body: Json = {"query": query, "variables": variables}
    if files is None:
        answer = Client().post(
            "/graphql/", json.dumps(body), content_type="application/json", **headers
        )
    else:
        places = {part: [path] for part, (path, _) in files.items()}
        parts = {part: file for part, (_, file) in files.items()}
        form = {"operations": json.dumps(body), "map": json.dumps(places), **parts}
        answer = Client().post("/graphql/", form, **headers)
    return dict(json.loads(answer.content))


def photo() -> SimpleUploadedFile:
    """A photograph as a telephone takes it."""
    from tests.journey import samples

    return SimpleUploadedFile("photo.jpg", samples.phone_jpeg(), "image/jpeg")


@contextmanager
def rows_stay() -> Iterator[None]:
    """Fail if any row of the product or of the shop differs after the block."""
    before = digests()
    yield
    after = digests()
    assert sorted(table for table in after if after[table] != before[table]) == []


def digests() -> dict[str, str]:
    """A digest of all rows of each table, the product's and Saleor's."""
    tables = sorted(
        {
            model._meta.db_table
            for model in apps.get_models(include_auto_created=True)
            if model._meta.managed
        }
    )
    parts = [
        f"SELECT '{table}', count(*) || ':' || "
        f"coalesce(md5(string_agg(row::text, '|' ORDER BY row::text)), '') FROM \"{table}\" AS row"
        for table in tables
    ]
    with allow_writer(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())
