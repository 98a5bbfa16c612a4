"""Quotas hold for commissions and callers, in an hour and in all, also for uploads side by side."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.models import BespokeFile, UploadCount
from saleor_bespoke.media.quotas import attempt_count, counts_forget
from saleor_bespoke.media.receiving import file_receive
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import guest_token_rotate
from saleor_bespoke.steps.intake.services import message_send
from saleor_bespoke.steps.papers.services import PURPOSE as PAPER
from tests.contracts.rich import picture
from tests.fixtures import guest_of, make_project
from tests.support import race, refuses

PICTURE = picture()


@pytest.fixture
def quotas(settings: Settings, tmp_path: Path) -> Any:
    """Set some quotas of channel `us`."""

    def given(**most: int) -> None:
        channels = settings.BESPOKE["CHANNELS"] | {"us": {"file_quotas": most}}
        settings.BESPOKE = settings.BESPOKE | {
            "CHANNELS": channels,
            "FILES_DIR": str(tmp_path / "private"),
        }
        conf.policies_forget()

    given()
    yield given
    conf.policies_forget()


def send(project: BespokeProject, actor: Actor, text: str = "", content: bytes = PICTURE) -> None:
    """Upload a picture with a message."""
    uploaded = SimpleUploadedFile("photo.png", content, "image/png")
    with file_receive(
        actor=actor, project=project, purpose=Purpose.MESSAGE, uploaded=uploaded
    ) as prepared:
        message_send(actor=actor, project_pk=project.pk, text=text, prepared=[prepared])


@pytest.mark.parametrize(
    ("quota", "refusal"),
    [
        ("project_files", "QUOTA_FILES_REACHED"),
        ("caller_files", "QUOTA_FILES_REACHED"),
        ("project_hour_files", "QUOTA_HOUR_REACHED"),
        ("caller_hour_files", "QUOTA_HOUR_REACHED"),
    ],
)
def test_so_many_files_and_no_more(
    quotas: Any, project: BespokeProject, customer: Actor, quota: str, refusal: str
) -> None:
    quotas(**{quota: 2})
    send(project, customer, "One")
    send(project, customer, "Two")
    with refuses(refusal, field="file"):
        send(project, customer, "Three")
    assert BespokeFile.objects.count() == 2


@pytest.mark.parametrize(
    ("quota", "refusal"),
    [
        ("project_bytes", "QUOTA_BYTES_REACHED"),
        ("caller_bytes", "QUOTA_BYTES_REACHED"),
        ("project_hour_bytes", "QUOTA_HOUR_REACHED"),
        ("caller_hour_bytes", "QUOTA_HOUR_REACHED"),
    ],
)
def test_so_many_bytes_and_no_more(
    quotas: Any, project: BespokeProject, customer: Actor, quota: str, refusal: str
) -> None:
    quotas(**{quota: 2 * len(PICTURE) + 5})
    send(project, customer, "One")
    send(project, customer, "Two")
    with refuses(refusal, field="file"):
        send(project, customer, "Three")


def test_the_next_hour_begins_anew(quotas: Any, project: BespokeProject, customer: Actor) -> None:
    quotas(caller_hour_files=1)
    send(project, customer, "One")
    with refuses("QUOTA_HOUR_REACHED"):
        send(project, customer, "Two")
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        send(project, customer, "Two")


def test_a_caller_is_counted_across_commissions_and_staff_by_the_hour(
    quotas: Any, project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    other, _ = make_project(customer)
    quotas(caller_files=1)
    send(project, customer, "One")
    with refuses("QUOTA_FILES_REACHED"):
        send(other, customer, "Two")
    send(project, staff, "From the workshop")
    send(other, staff, "From the workshop")
    quotas(staff_hour_files=2)
    with refuses("QUOTA_HOUR_REACHED"):
        send(other, staff, "A third one")


def test_a_guest_is_their_commission(quotas: Any, project: BespokeProject, customer: Actor) -> None:
    _, token = guest_token_rotate(actor=customer, project_pk=project.pk)
    project.refresh_from_db()
    quotas(caller_hour_files=1)
    send(project, guest_of(token), "One")
    assert UploadCount.objects.filter(scope=f"caller:guest:{project.pk}", files=1).exists()
    with refuses("QUOTA_HOUR_REACHED"):
        send(project, guest_of(token), "Two")
    send(project, customer, "The owner is somebody else")


def test_rubbish_is_counted_and_then_no_longer_looked_at(
    quotas: Any, project: BespokeProject, customer: Actor
) -> None:
    quotas(caller_hour_failures=2)
    for _ in range(2):
        with refuses("FILE_KIND_NOT_ALLOWED"):
            send(project, customer, content=b"<html>" * 50)
    uploaded = SimpleUploadedFile("photo.png", PICTURE, "image/png")
    uploaded.chunks = lambda *_: pytest.fail("It was read.")  # type: ignore[method-assign]
    with refuses("QUOTA_FAILURES_REACHED"):
        file_receive(actor=customer, project=project, purpose=Purpose.MESSAGE, uploaded=uploaded)


def test_what_is_erased_makes_room(quotas: Any, project: BespokeProject, customer: Actor) -> None:
    from saleor_bespoke.media.services import file_erase

    quotas(project_files=1)
    send(project, customer, "One")
    file_erase(file=BespokeFile.objects.get())
    send(project, customer, "Two")


@pytest.mark.parametrize(
    ("full", "reserve", "refusal"),
    [
        ({"project_files": 2}, {"staff_reserve_files": 1}, "QUOTA_FILES_REACHED"),
        (
            {"project_bytes": 2 * len(PICTURE)},
            {"staff_reserve_bytes": len(PICTURE)},
            "QUOTA_BYTES_REACHED",
        ),
    ],
)
def test_a_customer_leaves_the_workshop_its_reserve(
    quotas: Any,
    project: BespokeProject,
    customer: Actor,
    staff: Actor,
    full: dict[str, int],
    reserve: dict[str, int],
    refusal: str,
) -> None:
    quotas(**full, **reserve)
    send(project, customer, "One")
    send(project, customer, "Two")
    with refuses(refusal):
        send(project, customer, "Three")
    send(project, staff, "From the workshop")
    with refuses(refusal):
        send(project, staff, "Above the reserve")
    assert BespokeFile.objects.count() == 3


@pytest.mark.parametrize("quota", [{"project_hour_files": 1}, {"project_hour_bytes": len(PICTURE)}])
def test_a_customers_hour_is_not_the_workshops(
    quotas: Any, project: BespokeProject, customer: Actor, staff: Actor, quota: dict[str, int]
) -> None:
    quotas(**quota)
    send(project, staff, "From the workshop")
    send(project, customer, "One")
    with refuses("QUOTA_HOUR_REACHED"):
        send(project, customer, "Two")
    send(project, staff, "From the workshop again")


def test_papers_that_the_shop_makes_take_nobodys_room(
    quotas: Any, project: BespokeProject, customer: Actor
) -> None:
    quotas(project_files=1, project_bytes=len(PICTURE), caller_files=1)
    BespokeFile.objects.create(
        project=project,
        purpose=PAPER,
        kind="PDF",
        name="Quote.pdf",
        size=5_000,
        sha256="0" * 64,
        storage_name="a paper",
        shared=True,
        uploaded_by=customer.ref,
        created_at=clock.now(),
    )
    send(project, customer, "One")
    with refuses("QUOTA_FILES_REACHED"):
        send(project, customer, "Two")


def test_old_counts_are_forgotten(quotas: Any, project: BespokeProject, customer: Actor) -> None:
    send(project, customer, "One")
    assert counts_forget() == 0
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        assert counts_forget() == 2


@pytest.mark.django_db(transaction=True)
def test_side_by_side_no_more_attempts_are_made_than_the_hour_has(
    quotas: Any, project: BespokeProject, customer: Actor
) -> None:
    quotas(caller_hour_files=3, caller_hour_bytes=30)

    def attempt() -> None:
        attempt_count(project=project, caller=customer.ref, size=10)

    refused = [result for result in race(*[attempt] * 8) if isinstance(result, BespokeError)]
    assert len(refused) == 5
    row = UploadCount.objects.get(scope=f"caller:{customer.ref}")
    assert (row.files, row.bytes) == (3, 30)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("quota", ["project_files", "caller_files"])
def test_side_by_side_no_more_is_kept_than_there_is_room(
    quotas: Any, project: BespokeProject, customer: Actor, quota: str
) -> None:
    """By the same caller on two commissions, too: there no project's lock helps."""
    other = make_project(customer)[0] if quota == "caller_files" else project
    quotas(**{quota: 2})
    results = race(
        *[
            lambda at=at: send((project, other)[at % 2], customer, f"Message {at}")
            for at in range(6)
        ]
    )
    codes = [str(result.code) for result in results if isinstance(result, BespokeError)]
    assert codes == ["QUOTA_FILES_REACHED"] * 4, results
    assert BespokeFile.objects.count() == 2
