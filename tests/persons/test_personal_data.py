"""A customer is forgotten everywhere, and the books, the audit and the timeline still add up."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import Error, connection, models, transaction

from saleor_bespoke import clock
from saleor_bespoke.audit import broken, seals_broken
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.documents.issuing import document_issue
from saleor_bespoke.flows.personal_columns import OTHERS, TABLES, Left
from saleor_bespoke.flows.personal_data import (
    PersonalDataErased,
    columns_erase,
    personal_data_erase,
    projects_of,
)
from saleor_bespoke.flows.personal_rows import SECRET, model_of, rows_of
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.money.models import LedgerEntry, Payable, ProviderEvent, Refund
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries, journal
from saleor_bespoke.project.access import HANDLE_PAYMENTS, MANAGE_ORDERS, MANAGE_USERS, Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import project_close
from saleor_bespoke.steps.intake.services import message_send
from saleor_bespoke.steps.papers.rules import Kind
from saleor_bespoke.steps.papers.services import document_revoke
from saleor_bespoke.steps.production.updates import progress_update_post
from tests.api import run
from tests.contracts.rich import make_rich, triggers_off
from tests.delivering import make_delivered, make_ready
from tests.fixtures import make_commission, make_customer, make_staff, ring_specification
from tests.hosts import host
from tests.media.test_services import upload
from tests.paying import make_paid
from tests.support import nothing_changes, refuses

pytestmark = pytest.mark.django_db

#: What only this customer says or is.
PERSON = (
    "Philomena", "Quastenflosse", "philomena.quastenflosse@example.com", "grandmother's garden",
    "For ever yours", "a secret proposal", "allergic to nickel", "her hand is smaller",
    "brought by her brother",
)  # fmt: skip


@pytest.fixture
def keeper(db: None) -> Actor:
    """Staff who may also manage customers' data."""
    return make_staff(
        "keeper@example.com", permissions=(MANAGE_ORDERS, HANDLE_PAYMENTS, MANAGE_USERS)
    )


@pytest.fixture
def person(db: None) -> Actor:
    """The customer who will be forgotten."""
    user = host().user_create(
        "philomena.quastenflosse@example.com",
        "a long password of a test",
        first_name="Philomena",
        last_name="Quastenflosse",
    )
    customer = make_customer("template@example.com")
    return replace(
        customer,
        ref=f"user:{user.pk}",
        user_pk=user.pk,
        name="Philomena Quastenflosse",
        email="philomena.quastenflosse@example.com",
    )


def whole_life(provider: FakeStripe, person: Actor, staff: Actor) -> BespokeProject:
    """From the brief to aftercare, with everything a customer leaves behind on the way."""
    specification = ring_specification(
        engraving={"text": "For ever yours", "place": "inside_band"},
        notes="A secret: allergic to nickel",
    )
    project = make_paid(provider, person, staff, specification=specification)
    project = BespokeProject.objects.get(pk=getattr(project, "pk", project))
    project.briefs.update(story="They met in her grandmother's garden; a secret proposal.")
    BespokeProject.objects.filter(pk=project.pk).update(contact_phone="+1 555 0199 Philomena")
    with _prepared() as prepared:
        message_send(
            actor=person, project_pk=project.pk, text="I am Philomena.", prepared=[prepared]
        )
    message_send(
        actor=staff, project_pk=project.pk, text="Note: her hand is smaller.", internal=True
    )
    progress_update_post(
        actor=staff,
        project_pk=project.pk,
        text="The stone brought by her brother fits.",
        shared=True,
        prepared=[],
    )
    project.refresh_from_db()
    make_ready(project, person, staff)
    project.refresh_from_db()
    make_delivered(project, staff)
    ProviderEvent.objects.create(
        event_id="evt_personal",
        kind="charge.updated",
        payload={
            "id": "evt_personal",
            "type": "charge.updated",
            "data": {
                "object": {
                    "id": "ch_1",
                    "object": "charge",
                    "amount": 748000,
                    "currency": "usd",
                    "payment_intent": _reference(project),
                    "billing_details": {"name": "Philomena Quastenflosse"},
                    "intents": [{"client_secret": "pi_1_secret_of_the_payment"}],
                }
            },
        },
        received_at=project.created_at,
        processed_at=project.created_at,
    )
    deliveries.drain()
    project.refresh_from_db()
    return project


def _reference(project: BespokeProject) -> str:
    from saleor_bespoke.money.models import Payment

    payment = Payment.objects.filter(attempt__payable__project=project).latest("created_at")
    return str(payment.provider_reference)


def _prepared() -> Any:
    from saleor_bespoke.media.recognise import Purpose
    from saleor_bespoke.media.services import file_prepare

    return file_prepare(uploaded=upload(), purpose=Purpose.MESSAGE, name="Philomena.jpg")


@pytest.fixture
def life(provider: FakeStripe, person: Actor, keeper: Actor, files_folder: Path) -> BespokeProject:
    """A commission of the person at stage AFTERCARE with nothing open."""
    return whole_life(provider, person, keeper)


def columns() -> Iterator[tuple[str, str]]:
    """Every text and JSON column of the product's tables and of the letters the shop keeps."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE (table_name LIKE 'saleor\\_bespoke\\_%'"
            " OR table_name = 'bespoke_embedded_mail')"
            " AND (data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY'))"
        )
        yield from cursor.fetchall()


def found(words: tuple[str, ...]) -> set[tuple[str, str, str]]:
    """Where any of these words stands, in any row of any table."""
    hits = set()
    with connection.cursor() as cursor:
        for table, column in columns():
            for word in words:
                cursor.execute(
                    f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s LIMIT 1',
                    [f"%{json.dumps(word)[1:-1]}%"],
                )
                if cursor.fetchone():
                    hits.add((table, column, word))
    return hits


def books() -> tuple[Any, ...]:
    """Every sum the shop counts with."""
    return (
        list(Payable.objects.order_by("pk").values_list("amount", "charged", "currency", "status")),
        list(LedgerEntry.objects.order_by("pk").values_list("kind", "amount", "reference")),
        list(Refund.objects.order_by("pk").values_list("amount", "status")),
    )


# erasing ------------------------------------------------------------------------------------------


def test_nothing_of_the_person_is_left(
    life: BespokeProject,
    keeper: Actor,
    files_folder: Path,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    before = found(PERSON)
    assert {word for _, _, word in before} == set(PERSON), "the test must have left every word"
    assert len(before) > 15
    sums, length = books(), life.chain_length
    assert len(stored(files_folder)) > 3

    with (
        caplog.at_level(logging.DEBUG),
        django_capture_on_commit_callbacks(execute=True),
    ):
        erased = personal_data_erase(actor=keeper, project_pk=life.pk)

    assert found(PERSON) == set()
    assert stored(files_folder) == []
    assert not [word for word in PERSON if word.lower() in caplog.text.lower()]
    assert books() == sums
    assert chain_breaks(erased) == []
    assert erased.chain_length == length + 1
    assert (broken(), seals_broken()) == ({}, {})
    assert (erased.owner_id, erased.token_digest, erased.contact_email) == (None, None, "")
    assert not BespokeFile.objects.filter(erased_at=None).exists()


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_the_books_need_stays(life: BespokeProject, keeper: Actor) -> None:
    quote = life.quotes.get(status="ACCEPTED")
    hashes = (quote.content_hash, [row.receipt_hash for row in _approvals(life)])
    personal_data_erase(actor=keeper, project_pk=life.pk)
    quote.refresh_from_db()
    assert (quote.content_hash, [row.receipt_hash for row in _approvals(life)]) == hashes
    assert quote.terms_body
    alternative = quote.accepted_alternative
    assert alternative is not None
    assert alternative.price == Decimal(7440)
    assert alternative.specification["alloy"] == "gold_18k_yellow"
    assert alternative.specification["engraving"] is None
    assert [line.amount for line in alternative.lines.order_by("position")] == [5200, 640, 1600]
    event = ProviderEvent.objects.get(event_id="evt_personal")
    assert event.payload["erased"] is True
    assert event.payload["data"]["object"]["amount"] == 748000
    assert event.payload["data"]["object"]["payment_intent"] == _reference(life)
    call_command("bespoke_verify_approval", life.number, stdout=io.StringIO())


def _approvals(project: BespokeProject) -> Any:
    from saleor_bespoke.steps.cad.models import CadApproval

    return CadApproval.objects.filter(revision__project=project).order_by("approved_at")


def test_twice_is_once(
    life: BespokeProject, keeper: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    personal_data_erase(actor=keeper, project_pk=life.pk)
    with nothing_changes(), django_capture_on_commit_callbacks(execute=True):
        personal_data_erase(actor=keeper, project_pk=life.pk)
    assert life.events.filter(kind="PersonalDataErased").count() == 1


def test_what_a_crash_left_in_the_storage_goes_the_second_time(
    life: BespokeProject,
    keeper: Actor,
    files_folder: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    personal_data_erase(actor=keeper, project_pk=life.pk)  # what follows the commit never ran
    kept = {Path(name).name for name in life.files.values_list("storage_name", flat=True)}
    assert kept & {path.name for path in stored(files_folder)}
    with django_capture_on_commit_callbacks(execute=True):
        personal_data_erase(actor=keeper, project_pk=life.pk)
    assert not kept & {path.name for path in stored(files_folder)}


def test_papers_that_were_handed_out_are_forgotten_too(
    life: BespokeProject,
    keeper: Actor,
    files_folder: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """Their bytes go; their digests, numbers and public pages, which name nobody, stay."""
    issued = set()
    for kind in Kind:
        with suppress(BespokeError), transaction.atomic():
            issued.add(document_issue(actor=keeper, project_pk=life.pk, kind=kind).kind)
    assert issued >= {"QUOTE", "APPROVAL", "CERTIFICATE", "CARE_CARD", "RECEIPT"}
    taken_back = life.papers.get(kind="CARE_CARD")
    document_revoke(actor=keeper, document_pk=taken_back.pk, reason="Philomena's divorce.")
    deliveries.drain()
    digests = list(life.papers.values_list("number", "sha256", "code"))
    with django_capture_on_commit_callbacks(execute=True):
        personal_data_erase(actor=keeper, project_pk=life.pk)
    assert found(PERSON) == set()
    assert stored(files_folder) == []
    assert list(life.papers.values_list("number", "sha256", "code")) == digests
    taken_back.refresh_from_db()
    assert (taken_back.revoke_reason, taken_back.revoked_at is None) == ("", False)
    assert (broken(), seals_broken()) == ({}, {})


def test_it_happens_whole_or_not_at_all(
    life: BespokeProject, keeper: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from saleor_bespoke.shop.embedded import letters

    def away(keys: Any) -> int:
        raise OSError("The power failed.")

    monkeypatch.setattr(letters, "letters_forget", away)
    with nothing_changes(), pytest.raises(OSError, match="power"), transaction.atomic():
        personal_data_erase(actor=keeper, project_pk=life.pk)


def test_others_keep_what_is_theirs(life: BespokeProject, keeper: Actor) -> None:
    other, _ = make_commission(make_customer("other@example.com"))
    message_send(actor=keeper, project_pk=other.pk, text="Dear other customer")
    tables = {name: list(rows_of(other, name).values()) for name in TABLES}
    personal_data_erase(actor=keeper, project_pk=life.pk)
    assert {name: list(rows_of(other, name).values()) for name in TABLES} == tables


def test_an_open_commission_is_not_forgotten(
    provider: FakeStripe, person: Actor, keeper: Actor
) -> None:
    briefed, _ = make_commission(person)
    with refuses("STAGE_FORBIDS"):
        personal_data_erase(actor=keeper, project_pk=briefed.pk)
    paid = make_paid(provider, person, keeper)
    with refuses("STAGE_FORBIDS"):
        personal_data_erase(actor=keeper, project_pk=paid.pk)
    said = io.StringIO()
    with nothing_changes(), pytest.raises(CommandError, match="2 of these"):
        call_command("bespoke_erase_person", email=person.email, yes=True, stdout=said)
    assert "cancel it first" in said.getvalue()
    assert "paid and not delivered" in said.getvalue()


def test_what_is_owed_keeps_its_customer(
    life: BespokeProject, person: Actor, keeper: Actor
) -> None:
    from saleor_bespoke.steps.aftercare.services import care_book, claim_open

    care_book(
        actor=person,
        project_pk=life.pk,
        kind="CLEANING",
        wished_for=clock.now().date() + timedelta(days=20),
    )
    deliveries.drain()
    with refuses("OBLIGATION_OPEN", field="id") as refusal:
        personal_data_erase(actor=keeper, project_pk=life.pk)
    assert "care visit" in refusal.value.message
    life.care.update(status="DONE")
    claim_open(actor=person, project_pk=life.pk, kind="SIZE", text="It is tight.")
    deliveries.drain()
    with refuses("OBLIGATION_OPEN"):
        personal_data_erase(actor=keeper, project_pk=life.pk)


def test_it_needs_the_permission_to_manage_customers(life: BespokeProject, person: Actor) -> None:
    clerk = make_staff("orders@example.com", permissions=(MANAGE_ORDERS, HANDLE_PAYMENTS))
    with refuses("PERMISSION_DENIED"):
        personal_data_erase(actor=clerk, project_pk=life.pk)
    with refuses("PERMISSION_DENIED"):
        personal_data_erase(actor=person, project_pk=life.pk)


def test_a_closed_commission_is_forgotten_too(life: BespokeProject, keeper: Actor) -> None:
    project_close(actor=keeper, project_pk=life.pk)
    deliveries.drain()
    personal_data_erase(actor=keeper, project_pk=life.pk)
    assert found(PERSON) == set()


# sealed rows --------------------------------------------------------------------------------------


BREACHES = (
    "UPDATE saleor_bespoke_quote SET note = 'Another note' WHERE project_id = %s",
    "UPDATE saleor_bespoke_quote SET note = '', shipping_amount = 1 WHERE project_id = %s",
    "UPDATE saleor_bespoke_quotealternative a SET price = 1 FROM saleor_bespoke_quote q"
    " WHERE q.id = a.quote_id AND q.project_id = %s",
    "UPDATE saleor_bespoke_quotealternative a SET design = 'Another' FROM saleor_bespoke_quote q"
    " WHERE q.id = a.quote_id AND q.project_id = %s",
    "UPDATE saleor_bespoke_quotealternative a SET specification ="
    " jsonb_set(a.specification, '{alloy}', '\"silver_925\"') FROM saleor_bespoke_quote q"
    " WHERE q.id = a.quote_id AND q.project_id = %s",
    "UPDATE saleor_bespoke_quoteline l SET amount = 1 FROM saleor_bespoke_quotealternative a"
    " JOIN saleor_bespoke_quote q ON q.id = a.quote_id"
    " WHERE a.id = l.alternative_id AND q.project_id = %s",
    "DELETE FROM saleor_bespoke_quote WHERE project_id = %s",
    "UPDATE saleor_bespoke_timelineevent SET payload = '{}' WHERE project_id = %s",
    "UPDATE saleor_bespoke_issueddocument SET revoke_reason = 'Another' WHERE project_id = %s",
    "UPDATE saleor_bespoke_issueddocument SET revoke_reason = '', revoked_at = NULL"
    " WHERE project_id = %s",
    "UPDATE saleor_bespoke_cadapproval a SET receipt = '{}' FROM saleor_bespoke_cadrevision r"
    " WHERE r.id = a.revision_id AND r.project_id = %s",
)


def test_after_erasure_nothing_else_of_a_sealed_row_changes(
    life: BespokeProject, keeper: Actor
) -> None:
    paper = document_issue(actor=keeper, project_pk=life.pk, kind="CARE_CARD")
    document_revoke(actor=keeper, document_pk=paper.pk, reason="Philomena's divorce.")
    deliveries.drain()
    personal_data_erase(actor=keeper, project_pk=life.pk)
    refusal = r"never changes|append-only|only revoked"
    for statement in BREACHES:
        with pytest.raises(Error, match=refusal), transaction.atomic():
            _execute(statement, life)


def test_before_erasure_a_sealed_row_gives_nothing_up(life: BespokeProject, keeper: Actor) -> None:
    statement = (
        "UPDATE saleor_bespoke_quotealternative a SET design = '' FROM saleor_bespoke_quote q"
        " WHERE q.id = a.quote_id AND q.project_id = %s"
    )
    with pytest.raises(Error, match="never changes"), transaction.atomic():
        _execute(statement, life)
    with transaction.atomic():
        locked = BespokeProject.objects.select_for_update().get(pk=life.pk)
        journal.record(locked, PersonalDataErased(files=0), actor=keeper)
        _execute(statement, life)  # the entry in the timeline is the key


def _execute(statement: str, project: BespokeProject) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [project.pk])
        assert cursor.rowcount


# the table of columns -----------------------------------------------------------------------------


def text_columns(model: type[models.Model]) -> set[str]:
    """The columns of a model in which words can stand."""
    kinds = models.CharField | models.TextField | models.JSONField
    return {
        column.name
        for column in model._meta.concrete_fields
        if isinstance(column, kinds) and not column.choices
    }


def test_every_column_that_can_hold_words_was_judged() -> None:
    """A new column belongs into flows/personal_columns.py: personal or kept."""
    judged = {name: set(table.personal) | table.kept for name, table in TABLES.items()} | {
        name: set(kept) for name, kept in OTHERS.items()
    }
    there = {
        model.__name__: text_columns(model)
        for model in apps.get_app_config("saleor_bespoke").get_models()
    }
    assert {name: sorted(there[name] - judged.get(name, set())) for name in there} == {
        name: [] for name in there
    }
    assert set(judged) == set(there)
    for name in judged:
        known = {column.name for column in model_of(name)._meta.concrete_fields}
        assert judged[name] <= known, name


def test_every_way_leads_to_the_commission(project: BespokeProject) -> None:
    for name in TABLES:
        one = name in ("BespokeProject", "TimelineEvent", "Delivery")
        assert rows_of(project, name).count() == one, name


def test_every_personal_column_is_emptied(
    provider: FakeStripe, customer: Actor, staff: Actor, files_folder: Path
) -> None:
    """On a commission with a row of every kind: words are written behind everybody's back."""
    project, word = make_rich(provider, customer, staff).project, "Philomena was here"
    marked = set()
    with triggers_off():
        for name, table in TABLES.items():
            keys = list(rows_of(project, name).values_list("pk", flat=True))
            rows = model_of(name)._base_manager.filter(pk__in=keys)
            values = {
                column: _marked(column, left, word)
                for column, left in table.personal.items()
                if column not in ("token_digest", "submission_key")
            }
            if keys and values:
                rows.update(**values)
                marked |= {(model_of(name)._meta.db_table, column) for column in values}
    assert {(table, column) for table, column, _ in found((word,))} == marked
    assert len(marked) > 50
    journal.record(project, PersonalDataErased(files=0), actor=staff)
    columns_erase(project)
    assert found((word,)) == set()


def _marked(column: str, left: Left, word: str) -> Any:
    if left is Left.TECHNICAL:
        return {"pieceType": "ring", "notes": word, "engraving": {"text": word}}
    if left in (Left.NO_ROWS, Left.NO_FACTS) or column == "facts":
        return {"note": word}
    return word


# finding and exporting ----------------------------------------------------------------------------


def test_an_address_in_a_form_gives_nobody_anybodys_commission(person: Actor) -> None:
    own, _ = make_commission(person)
    stranger = make_customer("stranger@example.com")
    foreign, _ = make_commission(stranger)
    BespokeProject.objects.filter(pk=foreign.pk).update(contact_email=person.email)
    guests, _ = make_commission(stranger)
    BespokeProject.objects.filter(pk=guests.pk).update(
        owner=None, contact_email=person.email.upper()
    )
    assert [project.pk for project in projects_of(email=person.email)] == [own.pk, guests.pk]
    assert [project.pk for project in projects_of(user_pk=person.user_pk)] == [own.pk]
    assert [project.pk for project in projects_of(number=foreign.number)] == [foreign.pk]
    assert projects_of(email="nobody@example.com") == []


def test_the_export_holds_all_of_it(life: BespokeProject, person: Actor, tmp_path: Path) -> None:
    target = tmp_path / "person.zip"
    said = io.StringIO()
    call_command("bespoke_export_person", email=person.email, out=str(target), stdout=said)
    assert life.number in said.getvalue()
    with ZipFile(target) as archive:
        assert archive.testzip() is None
        page, data = archive.read("index.html").decode(), json.loads(archive.read("data.json"))
        sums = dict(
            reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines()
        )
        assert set(sums) == set(archive.namelist()) - {"SHA256SUMS"}
        for name, digest in sums.items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        files = [name for name in archive.namelist() if name.startswith("files/")]
    assert len(files) == life.files.filter(erased_at=None).count()
    for word in PERSON:
        assert word in json.dumps(data, ensure_ascii=False), word
    told = {row["event_id"]: row["payload"] for row in data[life.number]["ProviderEvent"]}
    reported = told["evt_personal"]["data"]["object"]
    assert reported["billing_details"] == {"name": "Philomena Quastenflosse"}
    assert "_secret_" not in json.dumps(data)
    assert "grandmother&#x27;s garden" in page
    assert "<script" not in page
    secrets = {column for rows in data[life.number].values() for row in rows for column in row}
    assert not secrets & SECRET
    with pytest.raises(CommandError, match="exists already"):
        call_command("bespoke_export_person", email=person.email, out=str(target), stdout=said)


def test_hostile_words_stay_words_in_the_export(person: Actor, tmp_path: Path) -> None:
    project, _ = make_commission(person)
    message_send(actor=person, project_pk=project.pk, text="<img src=x onerror=alert(1)>")
    target = tmp_path / "person.zip"
    call_command(
        "bespoke_export_person", commission=project.number, out=str(target), stdout=io.StringIO()
    )
    with ZipFile(target) as archive:
        page = archive.read("index.html").decode()
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_the_command_tells_before_it_does(life: BespokeProject, person: Actor) -> None:
    said = io.StringIO()
    with nothing_changes():
        call_command("bespoke_erase_person", email=person.email, stdout=said)
    assert f"{life.number} can be erased" in said.getvalue()
    assert "--yes" in said.getvalue()
    call_command("bespoke_erase_person", email=person.email, yes=True, stdout=said)
    assert f"{life.number} is erased" in said.getvalue()
    assert found(PERSON) == set()
    with pytest.raises(CommandError, match="no commission"):
        call_command("bespoke_erase_person", email=person.email, yes=True, stdout=said)


# API ----------------------------------------------------------------------------------------------

ERASE = """mutation Erase($id: ID!) { bespokePersonalDataErase(id: $id) {
    project { contactName erasedAt } errors { code field } } }"""
DATA = "query Data($id: ID!) { bespokePersonalData(id: $id) }"


def test_staff_ask_and_erase_by_the_api(life: BespokeProject, keeper: Actor) -> None:
    from saleor_bespoke.graphql.base import global_id

    id = global_id("BespokeProject", life.pk)
    data = run(DATA, keeper, id=id).data["bespokePersonalData"]
    assert data["BespokeProject"][0]["contact_name"] == "Philomena Quastenflosse"
    answer = run(ERASE, keeper, id=id).data["bespokePersonalDataErase"]
    assert answer["errors"] == []
    assert answer["project"]["contactName"] == ""
    assert answer["project"]["erasedAt"]
    again = run(DATA, keeper, id=id).data["bespokePersonalData"]
    assert not [word for word in PERSON if word in json.dumps(again)]


def test_letters_no_longer_go_out(life: BespokeProject, keeper: Actor) -> None:
    personal_data_erase(actor=keeper, project_pk=life.pk)
    kept = apps.get_model("bespoke_embedded", "Mail").objects.exclude(to="").count()
    try:
        message_send(actor=keeper, project_pk=life.pk, text="Hello?")
    except BespokeError as refusal:
        pytest.fail(refusal.message)
    deliveries.drain()
    assert apps.get_model("bespoke_embedded", "Mail").objects.exclude(to="").count() == kept


def test_no_address_stands_with_a_letter_that_failed(
    settings: Any, person: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    project, _ = make_commission(person)
    deliveries.drain()
    errors = [row.error for row in deliveries.Delivery.objects.filter(event__project=project)]
    assert any(errors)
    assert person.email not in "".join(errors)
    assert person.email not in caplog.text
