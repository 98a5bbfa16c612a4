"""No two clients get the same design by accident: known again, decided about, and told staff."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import file_prepare
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject, TimelineEvent
from saleor_bespoke.steps.cad import services
from saleor_bespoke.steps.cad.models import CadRevision
from saleor_bespoke.steps.cad.report_models import CadDecision, DesignPrint
from saleor_bespoke.steps.cad.services import marks
from tests.cad.meshes import (
    add_drawings,
    add_mesh,
    draft,
    drawing,
    examined,
    mesh_shown,
    ordered_mm,
    publish,
    signet,
)
from tests.paying import make_paid
from tests.shapes.generators import comfort_band, displaced, noisy, shuffled
from tests.support import race, refuses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_folder")]


@pytest.fixture
def others(provider: FakeStripe, other_customer: Actor, staff: Actor) -> BespokeProject:
    """Another client's paid commission."""
    return make_paid(provider, other_customer, staff)


def test_the_same_mesh_for_another_client_needs_a_decision(
    paid_project: BespokeProject, others: BespokeProject, staff: Actor
) -> None:
    shape = signet(ordered_mm(paid_project)).shape
    shown = mesh_shown(paid_project, staff, shape)
    revision = draft(others, staff)
    again = shuffled(displaced(noisy(shape, 0.003), 4), 2)
    examined(add_mesh(revision, staff, again), staff)

    with refuses("SIMILAR_DESIGN"):
        publish(revision, staff)
    (row,) = services.cad_decision_record(
        actor=staff,
        revision_pk=revision.pk,
        codes=["SIMILAR_DESIGN"],
        reason="Sisters who asked for the same ring.",
    )
    publish(revision, staff)

    assert (row.subject, row.actor_ref) == (shown.pk, staff.ref)
    assert row.facts["kind"] == "SHAPE"
    told = TimelineEvent.objects.get(kind="CadDecisionRecorded")
    assert told.payload["decisions"] == [str(row.pk)]
    assert "Sisters" not in str(told.payload)


def test_what_a_refused_publication_saw_can_be_decided_on_at_once(
    paid_project: BespokeProject, others: BespokeProject, staff: Actor
) -> None:
    first = draft(paid_project, staff)
    add_drawings(first, staff, seed=5)
    publish(first, staff)
    revision = draft(others, staff)
    add_drawings(revision, staff, seed=5)

    with refuses("SIMILAR_DESIGN"):
        publish(revision, staff)
    services.cad_decision_record(
        actor=staff, revision_pk=revision.pk, codes=["SIMILAR_DESIGN"], reason="Twins."
    )
    publish(revision, staff)


def test_another_design_passes(
    paid_project: BespokeProject, others: BespokeProject, staff: Actor
) -> None:
    inner = ordered_mm(paid_project)
    mesh_shown(paid_project, staff, signet(inner).shape)
    mesh_shown(others, staff, comfort_band(inner, 1.5, 2.6, fine=90).shape)

    assert not CadDecision.objects.exists()


def saved_again(content: bytes) -> bytes:
    """The picture smaller, brighter and compressed, as it travels through a telephone."""
    target = BytesIO()
    with Image.open(BytesIO(content)) as image:
        image.resize((180, 180)).point(lambda it: min(255, it + 6)).save(target, "JPEG", quality=70)
    return target.getvalue()


def test_the_same_drawings_are_known_again(
    paid_project: BespokeProject, others: BespokeProject, staff: Actor
) -> None:
    shown = draft(paid_project, staff)
    add_drawings(shown, staff, 3)
    publish(shown, staff)
    revision = draft(others, staff)
    for number, view in enumerate(("TOP", "SIDE", "FRONT")):
        file = SimpleUploadedFile("view.jpg", saved_again(drawing(30 + number)))
        with file_prepare(uploaded=file, purpose=Purpose.CAD) as prepared:
            services.cad_view_add(
                actor=staff, revision_pk=revision.pk, view=view, prepared=prepared
            )

    with refuses("SIMILAR_DESIGN"):
        publish(revision, staff)


def test_one_side_alike_says_little(
    paid_project: BespokeProject, others: BespokeProject, staff: Actor
) -> None:
    """From the front many rings are a circle."""
    shown = draft(paid_project, staff)
    add_drawings(shown, staff, 3)
    publish(shown, staff)
    revision = draft(others, staff)
    add_drawings(revision, staff, 4)
    front = revision.views.get(view="FRONT")
    services.cad_view_remove(actor=staff, view_pk=front.pk)
    file = SimpleUploadedFile("view.png", drawing(32))
    with file_prepare(uploaded=file, purpose=Purpose.CAD) as prepared:
        services.cad_view_add(actor=staff, revision_pk=revision.pk, view="FRONT", prepared=prepared)
    publish(revision, staff)

    (near,) = marks.likenesses(revision)
    assert near.near is False
    assert "FRONT" in near.sides


def test_a_clients_own_commissions_may_be_alike(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    """Two rings for one couple, or a revision after the other."""
    shape = signet(ordered_mm(paid_project)).shape
    mesh_shown(paid_project, staff, shape)
    pair = make_paid(provider, customer, staff)
    assert mesh_shown(pair, staff, shape).status == "PUBLISHED"


def test_a_linked_commission_may_be_alike(
    paid_project: BespokeProject, others: BespokeProject, staff: Actor
) -> None:
    BespokeProject.objects.filter(pk=others.pk).update(linked_to=paid_project)
    others.refresh_from_db()
    shape = signet(ordered_mm(paid_project)).shape
    mesh_shown(paid_project, staff, shape)
    assert mesh_shown(others, staff, shape).status == "PUBLISHED"


def test_a_later_likeness_is_not_covered_by_an_earlier_decision(
    provider: FakeStripe,
    paid_project: BespokeProject,
    others: BespokeProject,
    staff: Actor,
    customer: Actor,
) -> None:
    from tests.fixtures import make_customer

    shape = signet(ordered_mm(paid_project)).shape
    mesh_shown(paid_project, staff, shape)
    decide = {"actor": staff, "codes": ["SIMILAR_DESIGN"], "reason": "Agreed with both."}
    revision = draft(others, staff)
    examined(add_mesh(revision, staff, shape), staff)
    services.cad_decision_record(revision_pk=revision.pk, **decide)
    third = make_paid(provider, make_customer("third@example.com"), staff)
    hers = draft(third, staff)
    examined(add_mesh(hers, staff, shape), staff)
    services.cad_decision_record(revision_pk=hers.pk, **decide)
    publish(hers, staff)

    with refuses("SIMILAR_DESIGN"):
        publish(revision, staff)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turns", [True, False])
def test_two_at_once_do_not_both_pass_unseen(
    paid_project: BespokeProject,
    others: BespokeProject,
    staff: Actor,
    monkeypatch: pytest.MonkeyPatch,
    turns: bool,
) -> None:
    """Each looks for likenesses before the other is shown; taking turns makes one see the other.

    The control shows that both pass where they take none.
    """
    import threading

    shape = signet(ordered_mm(paid_project)).shape
    drafts: list[CadRevision] = []
    for project in (paid_project, others):
        revision = draft(project, staff)
        examined(add_mesh(revision, staff, shape), staff)
        drafts.append(revision)
    if not turns:
        met, look = threading.Barrier(2), marks.likenesses

        def together(revision: CadRevision) -> Any:
            found = look(revision)
            met.wait(30)
            return found

        monkeypatch.setattr(marks, "turn_take", lambda: None)
        monkeypatch.setattr(marks, "likenesses", together)

    answers = race(*[lambda it=it: publish(it, staff) for it in drafts])

    refusals = [str(it.code) for it in answers if isinstance(it, BespokeError)]
    assert refusals == (["SIMILAR_DESIGN"] if turns else []), answers


def many(project: BespokeProject, revision: CadRevision, count: int) -> None:
    """So many fingerprints of another client's views, all unlike."""
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            """
            INSERT INTO saleor_bespoke_designprint
                (id, view_id, project_id, kind, side, mark, hash, bands, shown)
            SELECT gen_random_uuid(), gen_random_uuid(), %s, 'PICTURE', 'TOP',
                decode(repeat(md5(n::text), 64), 'hex'), one.hash,
                (SELECT array_agg((band << 8) | ((one.hash >> low) & width)::int)
                 FROM (SELECT b AS band, CASE b WHEN 0 THEN 0 ELSE 8 + (b - 1) * 7 END AS low,
                     CASE b WHEN 0 THEN 255 ELSE 127 END AS width
                     FROM generate_series(0, 8) b) bands), true
            FROM generate_series(1, %s) n,
                LATERAL (SELECT ('x' || substr(md5('h' || n), 1, 16))::bit(64)::bigint AS hash) one
            """,
            [project.pk, count],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE saleor_bespoke_designprint")


def test_the_search_asks_as_often_and_stays_quick_with_many(
    paid_project: BespokeProject, others: BespokeProject, staff: Actor
) -> None:
    shown = draft(paid_project, staff)
    add_drawings(shown, staff, 3)
    publish(shown, staff)
    revision = draft(others, staff)
    add_drawings(revision, staff, 8)
    services.reports_make()
    asked = []
    for count in (0, 20_000):
        many(paid_project, shown, count)
        with CaptureQueriesContext(
            connection,
        ) as statements:
            marks.likenesses(CadRevision.objects.get(pk=revision.pk))
        asked.append(len(statements.captured_queries))
        seconds = sum(float(it["time"]) for it in statements.captured_queries)
    assert asked[0] == asked[1] <= 8
    assert DesignPrint.objects.count() > 20_000
    assert seconds < 2.0
