"""What the customer allows the house: given, taken back, and the archive copy that hangs on it."""

from __future__ import annotations

import hashlib

import pytest

from saleor_bespoke import conf
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject, TimelineEvent
from saleor_bespoke.steps.cad import services
from saleor_bespoke.steps.cad.report_models import ArchiveCopy, DesignPermission
from tests.support import race, refuses

pytestmark = pytest.mark.django_db

ARCHIVE = conf.ChannelPolicy().archive_permission


def grant(project: BespokeProject, customer: Actor, version: str = "") -> DesignPermission:
    return services.design_permission_grant(
        actor=customer,
        project_pk=project.pk,
        kind="ARCHIVE_COPY",
        version=version or ARCHIVE.version,
    )


def test_a_permission_is_given_over_a_text_and_taken_back(
    intake_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    with refuses("NOTICE_OUTDATED", field="version"):
        grant(intake_project, customer, "archive-1999")
    with refuses("CUSTOMER_ONLY"):
        grant(intake_project, staff)
    given = grant(intake_project, customer)
    assert given.text_hash == hashlib.sha256(ARCHIVE.body.encode()).hexdigest()
    with refuses("ALREADY_DONE"):
        grant(intake_project, customer)

    back = {"actor": customer, "project_pk": intake_project.pk, "kind": "ARCHIVE_COPY"}
    services.design_permission_revoke(**back)
    with refuses("PERMISSION_MISSING"):
        services.design_permission_revoke(**back)
    grant(intake_project, customer)

    kinds = TimelineEvent.objects.filter(kind__startswith="DesignPermission")
    assert list(kinds.order_by("sequence").values_list("kind", flat=True)) == [
        "DesignPermissionGranted",
        "DesignPermissionRevoked",
        "DesignPermissionGranted",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_give_one_permission(intake_project: BespokeProject, customer: Actor) -> None:
    race(*[lambda: grant(intake_project, customer) for _ in range(4)])

    assert DesignPermission.objects.count() == 1


def test_an_archive_copy_needs_the_permission_and_goes_with_it(
    project_on_bench: BespokeProject, customer: Actor, staff: Actor
) -> None:
    record = {
        "actor": staff,
        "project_pk": project_on_bench.pk,
        "metal": "BRASS",
        "kept_at": "Drawer 3",
    }
    with refuses("PERMISSION_MISSING"):
        services.archive_copy_record(**record)
    grant(project_on_bench, customer)
    with refuses("REQUIRED", field="keptAt"):
        services.archive_copy_record(**record | {"kept_at": " "})
    copy = services.archive_copy_record(**record)
    assert (copy.for_sale, copy.revision.status) == (False, "APPROVED")

    services.design_permission_revoke(
        actor=customer, project_pk=project_on_bench.pk, kind="ARCHIVE_COPY"
    )

    assert ArchiveCopy.objects.count() == 1
    assert project_on_bench.attentions.get(resolved_at=None).reason == "ARCHIVE_COPY_REVOKED"
    with refuses("PERMISSION_MISSING"):
        services.archive_copy_record(**record)
