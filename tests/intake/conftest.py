"""The intake's own states and a way to ask the API as somebody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from saleor_bespoke import conf
from saleor_bespoke.craft.pieces import Specification
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import PreparedFile, file_prepare
from saleor_bespoke.project.access import Actor, ActorKind
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded import accounts
from saleor_bespoke.shop.embedded.models import User
from saleor_bespoke.steps.intake.services import BriefDraft, Contact, Submission
from tests.fixtures import guest_of, make_commission, make_shop, ring_specification

OWN_STONE = {"description": "From grandmother's brooch", "stone": {"kind": "ruby", "carat": "0.8"}}
OLD_RING = {"description": "A worn band", "alloy": "gold_14k_yellow", "claimedGrams": "4.2"}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    """Files of a test vanish with it."""
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "files")}


@pytest.fixture
def shop(db: None) -> None:
    """The two channels."""
    make_shop()


@pytest.fixture
def opened(customer: Actor, shop: None) -> tuple[BespokeProject, str]:
    """The customer's commission as the form opened it, bringing a ruby and an old ring."""
    spec = ring_specification(ownStones=[OWN_STONE], oldJewellery=[OLD_RING])
    return make_commission(customer, specification=spec)


@pytest.fixture
def token(opened: tuple[BespokeProject, str]) -> str:
    """The commission's secret token."""
    return opened[1]


def form(**changes: Any) -> Submission:
    """A complete form for the US channel; any field of any of its parts may differ."""
    policy = conf.policy("us")
    brief = {
        "specification": ring_specification(),
        "budget_min": Decimal(5000),
        "budget_stretch": Decimal(9000),
        "destination_country": "US",
    }
    contact = {"name": "Grace Guest", "email": "grace@example.com", "time_zone": "Europe/Vienna"}
    values: dict[str, Any] = {
        "channel": "us",
        "contact_consent_version": policy.contact_consent.version,
        "returns_notice_version": policy.returns_notice.version,
    }
    for name, value in changes.items():
        for part in (brief, contact, values):
            if name in part or (part is values and name in ("title", "linked_to")):
                part[name] = value
                break
        else:
            (contact if name in ("phone", "language") else brief)[name] = value
    return Submission(brief=BriefDraft(**brief), contact=Contact(**contact), **values)


def draft(spec: Specification | None = None, **changes: Any) -> BriefDraft:
    """The fixture commission's brief, with changes."""
    values: dict[str, Any] = {
        "specification": spec or ring_specification(),
        "budget_min": Decimal(5000),
        "budget_stretch": Decimal(9000),
        "destination_country": "US",
    }
    return BriefDraft(**values | changes)


def png(shade: int = 0, size: tuple[int, int] = (8, 8)) -> bytes:
    """A small picture; another shade makes another file."""
    stream = BytesIO()
    Image.new("RGB", size, (shade, 0, 255 - shade)).save(stream, "PNG")
    return stream.getvalue()


def upload(shade: int = 0, name: str = "ring.png") -> SimpleUploadedFile:
    """That picture as an upload."""
    return SimpleUploadedFile(name, png(shade), "image/png")


@pytest.fixture
def prepared() -> Iterator[Callable[..., PreparedFile]]:
    """Prepare a picture as a mutation does."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def prepare(shade: int = 0, purpose: Purpose = Purpose.REFERENCE) -> PreparedFile:
            file = file_prepare(uploaded=upload(shade), purpose=purpose)
            return stack.enter_context(file)

        yield prepare


class Api:
    """The endpoint over HTTP, asked as an actor."""

    def __init__(self) -> None:
        self.client = Client()

    def headers(self, actor: Actor | None) -> dict[str, str]:
        """The authorization of this actor; none for guests."""
        if actor is None or actor.kind is ActorKind.ANONYMOUS:
            return {}
        user = User.objects.get(pk=actor.user_pk)
        return {"authorization": f"Bearer {accounts.token_create(user, issuer='test')}"}

    def body(self, query: str, actor: Actor | None = None, **variables: Any) -> Any:
        """The whole answer."""
        response = self.client.post(
            "/graphql/",
            {"query": query, "variables": variables},
            content_type="application/json",
            headers=self.headers(actor),
        )
        return response.json()

    def ask(self, query: str, actor: Actor | None = None, **variables: Any) -> Any:
        """The one field's answer, without top-level errors."""
        return self._field(self.body(query, actor, **variables))

    def send(
        self, query: str, files: dict[str, Any], actor: Actor | None = None, **variables: Any
    ) -> Any:
        """The same by a multipart request; `files` names variables and their uploads."""
        listed = {
            f"{name}.{index}" if isinstance(value, list) else name: each
            for name, value in files.items()
            for index, each in enumerate(value if isinstance(value, list) else [value])
        }
        empty = {
            name: [None] * len(v) if isinstance(v, list) else None for name, v in files.items()
        }
        form = {
            "operations": json.dumps({"query": query, "variables": variables | empty}),
            "map": json.dumps({str(at): [f"variables.{path}"] for at, path in enumerate(listed)}),
            **{str(at): each for at, each in enumerate(listed.values())},
        }
        response = self.client.post("/graphql/", form, headers=self.headers(actor))
        return self._field(response.json())

    @staticmethod
    def _field(answer: Any) -> Any:
        assert "errors" not in answer, answer
        (payload,) = answer["data"].values()
        return payload


@pytest.fixture
def api(db: None) -> Api:
    """The endpoint."""
    return Api()


@pytest.fixture
def guest_project(shop: None) -> tuple[BespokeProject, Actor]:
    """A guest's commission and whoever holds its token."""
    from saleor_bespoke.project.access import ANONYMOUS

    project, token = make_commission(ANONYMOUS)
    return project, guest_of(token)
