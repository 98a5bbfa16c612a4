"""Files that go straight into an S3 bucket: nothing raw is kept, and nothing raw is served."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from botocore.exceptions import EndpointConnectionError
from pytest_django import Settings

from saleor_bespoke import clock, conf
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.media.direct import uploads_expire
from saleor_bespoke.media.models import BespokeFile, DirectUpload, UploadCount
from saleor_bespoke.media.receiving import file_receive
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.serve import file_response
from saleor_bespoke.media.services import file_erase, stored_orphans_remove
from saleor_bespoke.media.store import INCOMING, private_storage
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import guest_token_rotate
from saleor_bespoke.steps.intake.models import Message
from saleor_bespoke.steps.intake.services import message_send
from tests.api import run
from tests.fixtures import guest_of
from tests.journey import samples
from tests.media.buckets import bucket, keys, s3_server  # noqa: F401  # fixtures
from tests.media.test_links_and_serving import body
from tests.support import race

BEGIN = """mutation Begin($project: ID!, $purpose: BespokeFilePurpose!, $name: String!, $size: Int!,
    $type: String!, $token: String) {
  bespokeUploadBegin(project: $project, purpose: $purpose, name: $name, size: $size,
      contentType: $type, token: $token) {
    upload { id url fields { name value } expiresAt } errors { field code } } }"""
ADD = """mutation Add($project: ID!, $file: Upload!, $token: String, $caption: String) {
  bespokeReferenceFileAdd(project: $project, file: $file, token: $token, caption: $caption) {
    referenceFile { file { sha256 } } errors { field code } } }"""
SEND = """mutation Send($project: ID!, $text: String!, $attached: [Upload!]) {
  bespokeMessageSend(project: $project, text: $text, attachments: $attached) {
    errors { field code } } }"""
PICTURE = samples.phone_jpeg()


def begin(project: BespokeProject, actor: Actor, content: bytes = PICTURE, **given: Any) -> Any:
    values = {"purpose": "REFERENCE", "name": "ring.jpg", "type": "image/jpeg"} | given
    project_id = global_id("BespokeProject", project.pk)
    values.setdefault("size", len(content))
    result = run(BEGIN, actor, project=project_id, **values)
    assert not result.errors, result.errors
    return result.data["bespokeUploadBegin"]


def post(upload: Any, content: bytes = PICTURE, **changes: str) -> requests.Response:
    fields = {field["name"]: field["value"] for field in upload["fields"]} | changes
    return requests.post(upload["url"], data=fields, files={"file": content}, timeout=10)


def add(project: BespokeProject, actor: Actor, upload_id: str, **given: Any) -> Any:
    project_id = global_id("BespokeProject", project.pk)
    result = run(ADD, actor, project=project_id, file=upload_id, **given)
    assert not result.errors, result.errors
    return result.data["bespokeReferenceFileAdd"]


def code(answer: Any) -> str:
    (error,) = answer["errors"]
    return str(error["code"])


def fetches() -> list[str]:
    """Grows by one with every object that is fetched from the bucket from now on."""
    seen: list[str] = []
    client = private_storage().connection.meta.client  # type: ignore[attr-defined]
    client.meta.events.register("before-send.s3.GetObject", lambda **_: seen.append("fetched"))
    return seen


@pytest.fixture
def upload(bucket: Any, intake_project: BespokeProject, customer: Actor) -> Any:  # noqa: F811
    """A begun and posted direct upload of the customer's."""
    found = begin(intake_project, customer)["upload"]
    assert post(found).status_code == 204
    return found


def test_a_picture_goes_into_the_bucket_and_is_kept_anew(
    bucket: Any,  # noqa: F811
    upload: Any,
    intake_project: BespokeProject,
    customer: Actor,
    django_capture_on_commit_callbacks: Any,
) -> None:
    raw = DirectUpload.objects.get()
    assert keys(bucket) == [f"commissions/{raw.raw_name}"]

    with django_capture_on_commit_callbacks(execute=True):
        answer = add(intake_project, customer, upload["id"])
    assert answer["errors"] == []

    raw.refresh_from_db()
    file = BespokeFile.objects.get()
    assert raw.outcome == "TAKEN"
    assert keys(bucket) == [f"commissions/{file.storage_name}"]
    assert raw.raw_name not in file.storage_name
    with private_storage().open(file.storage_name) as kept:
        stored = kept.read()
    assert b"Exif" in PICTURE
    assert b"Exif" not in stored
    assert body(file_response(file)) == stored
    part = file_response(file, "bytes=10-19")
    assert (part.status_code, body(part)) == (206, stored[10:20])


def test_a_range_of_a_bucket_transfers_that_part_alone(
    upload: Any, intake_project: BespokeProject, customer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(intake_project, customer, upload["id"])
    asked: list[str | None] = []
    client = private_storage().connection.meta.client  # type: ignore[attr-defined]
    client.meta.events.register(
        "before-send.s3.GetObject",
        lambda request, **_: asked.append(request.headers.get("Range")),
    )
    response = file_response(BespokeFile.objects.get(), "bytes=5-9")
    assert len(body(response)) == 5
    assert [value.decode() if isinstance(value, bytes) else value for value in asked] == [
        "bytes=5-9"
    ]


def test_the_form_is_for_one_object_of_one_size_and_type(
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
) -> None:
    answer = begin(intake_project, customer)
    fields = {field["name"]: field["value"] for field in answer["upload"]["fields"]}
    raw = DirectUpload.objects.get()
    assert fields["key"] == f"commissions/{raw.raw_name}"
    assert fields["Content-Type"] == "image/jpeg"
    policy = json.loads(base64.b64decode(fields["policy"]))
    assert ["content-length-range", len(PICTURE), len(PICTURE)] in policy["conditions"]
    assert {"Content-Type": "image/jpeg"} in policy["conditions"]
    assert {"key": fields["key"]} in policy["conditions"]


def test_what_is_larger_than_agreed_is_refused_and_removed(
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
) -> None:
    """Also where the bucket does not hold people to the form's size."""
    upload = begin(intake_project, customer, size=100)["upload"]
    raw = DirectUpload.objects.get()
    bucket.put_object(Key=f"commissions/{raw.raw_name}", Body=PICTURE)

    assert code(add(intake_project, customer, upload["id"])) == "FILE_TOO_LARGE"
    assert keys(bucket) == []
    assert code(add(intake_project, customer, upload["id"])) == "UPLOAD_USED"
    assert not BespokeFile.objects.exists()


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"<svg onload=alert(1)>" * 20, "FILE_KIND_NOT_ALLOWED"),
        (PICTURE[: len(PICTURE) // 2], "FILE_UNREADABLE"),
        (b"%PDF-1.7 is not a picture" * 9, "FILE_KIND_NOT_ALLOWED"),
    ],
)
def test_what_is_not_what_it_claims_is_refused_and_removed(
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
    content: bytes,
    refusal: str,
) -> None:
    upload = begin(intake_project, customer, content)["upload"]
    post(upload, content)
    assert len(keys(bucket)) == 1

    answer = add(intake_project, customer, upload["id"])
    assert code(answer) in (refusal, "FILE_UNREADABLE")
    assert keys(bucket) == []
    assert not BespokeFile.objects.exists()


def test_an_upload_is_its_callers_and_its_commissions(
    upload: Any,
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
    staff: Actor,
) -> None:
    from tests.fixtures import make_commission

    other, _ = make_commission(customer)
    assert code(add(intake_project, staff, upload["id"])) == "NOT_FOUND"
    assert code(add(other, customer, upload["id"])) == "NOT_FOUND"
    assert len(keys(bucket)) == 1
    _, token = guest_token_rotate(actor=customer, project_pk=intake_project.pk)
    assert code(add(intake_project, guest_of(token), upload["id"], token=token)) == "NOT_FOUND"
    assert add(intake_project, customer, upload["id"])["errors"] == []


def test_a_guest_uploads_too(
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
) -> None:
    _, token = guest_token_rotate(actor=customer, project_pk=intake_project.pk)
    upload = begin(intake_project, ANONYMOUS, token=token)["upload"]
    assert post(upload).status_code == 204
    assert add(intake_project, ANONYMOUS, upload["id"], token=token)["errors"] == []
    assert BespokeFile.objects.get().uploaded_by == f"guest:{intake_project.pk}"


def test_an_upload_that_is_tried_in_vain_counts_as_refused(
    upload: Any, intake_project: BespokeProject, customer: Actor, settings: Settings
) -> None:
    """What the operation refuses can be tried again with the same object, but not for ever."""
    channels = settings.BESPOKE["CHANNELS"] | {"us": {"file_quotas": {"caller_hour_failures": 2}}}
    settings.BESPOKE = settings.BESPOKE | {"CHANNELS": channels}
    conf.policies_forget()
    try:
        for _ in range(2):
            answer = add(intake_project, customer, upload["id"], caption="x" * 9000)
            assert code(answer) == "INVALID"
        assert UploadCount.objects.get(scope=f"caller:{customer.ref}").failures == 2
        answer = add(intake_project, customer, upload["id"])
        assert code(answer) == "QUOTA_FAILURES_REACHED"
    finally:
        settings.BESPOKE = settings.BESPOKE | {"CHANNELS": {}}
        conf.policies_forget()


def test_what_nobody_can_scan_is_fetched_a_few_times_and_no_more(
    bucket: Any,  # noqa: F811
    upload: Any,
    intake_project: BespokeProject,
    customer: Actor,
    settings: Settings,
) -> None:
    """A scanner that is away is not their fault, but each try costs a fetch."""
    settings.BESPOKE = settings.BESPOKE | {"FILES_SCANNER": "tcp://127.0.0.1:9"}
    fetched = fetches()
    codes = [code(add(intake_project, customer, upload["id"])) for _ in range(8)]
    assert codes == ["FILE_SCAN_UNAVAILABLE"] * 5 + ["UPLOAD_USED"] * 3
    assert len(fetched) == 5
    assert keys(bucket) == []
    assert DirectUpload.objects.get().outcome == "REFUSED"


def test_a_message_that_is_sent_again_fetches_its_file_a_few_times_and_no_more(
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
) -> None:
    def send(upload: Any) -> None:
        project = global_id("BespokeProject", intake_project.pk)
        result = run(SEND, customer, project=project, text="As agreed.", attached=[upload["id"]])
        assert not result.errors, result.errors

    first, second = (begin(intake_project, customer, purpose="MESSAGE") for _ in range(2))
    post(first["upload"])
    post(second["upload"])
    send(first["upload"])
    fetched = fetches()
    for _ in range(8):
        send(second["upload"])
    assert Message.objects.count() == 1
    assert len(fetched) == 5


def test_an_upload_is_used_once(
    upload: Any,
    intake_project: BespokeProject,
    customer: Actor,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        add(intake_project, customer, upload["id"])
    assert code(add(intake_project, customer, upload["id"])) == "UPLOAD_USED"


def test_nothing_arrived(bucket: Any, intake_project: BespokeProject, customer: Actor) -> None:  # noqa: F811
    upload = begin(intake_project, customer)["upload"]
    assert code(add(intake_project, customer, upload["id"])) == "UPLOAD_NOT_ARRIVED"
    post(upload)
    assert add(intake_project, customer, upload["id"])["errors"] == []


def test_what_is_never_finished_is_swept(
    upload: Any,
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
) -> None:
    assert uploads_expire() == 0
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        assert uploads_expire() == 1
        assert uploads_expire() == 0
    assert keys(bucket) == []
    assert code(add(intake_project, customer, upload["id"])) == "UPLOAD_EXPIRED"


def test_a_form_posted_again_leaves_an_orphan_that_is_removed(
    upload: Any,
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        add(intake_project, customer, upload["id"])
    post(upload)
    kept = f"commissions/{BespokeFile.objects.get().storage_name}"
    assert len(keys(bucket)) == 2
    assert stored_orphans_remove() == 0  # it may still be on its way
    monkeypatch.setattr("saleor_bespoke.media.services._ORPHAN_SECONDS", -60)
    assert stored_orphans_remove() == 1
    assert keys(bucket) == [kept]


@pytest.mark.django_db
def test_the_sweep_leaves_what_others_keep_in_the_bucket(
    bucket: Any,  # noqa: F811
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Saleor's own private storage has no `location`, and payloads of events lie in it."""
    private = settings.STORAGES["private"]
    whole = private | {"OPTIONS": private["OPTIONS"] | {"location": ""}}
    settings.STORAGES = settings.STORAGES | {"private": whole}
    orphan = secrets.token_hex(24)
    ours = [f"{orphan[:2]}/{orphan}", f"{orphan[:2]}/{orphan}_aB3dE9x", f"{INCOMING}/{orphan}"]
    others = [
        "payloads/2026/order_created.json",
        "ab/cdef.json",
        f"zz/{orphan}",
        f"{orphan[:2]}/{orphan}.json",
        f"{orphan[:2]}/{orphan}/{orphan}",
        f"{INCOMING}/crate.json",
        f"payloads/{orphan}",
        orphan,
    ]
    for name in ours + others:
        bucket.put_object(Key=name, Body=b"{}")
    monkeypatch.setattr("saleor_bespoke.media.services._ORPHAN_SECONDS", -60)
    assert stored_orphans_remove() == len(ours)
    assert keys(bucket) == sorted(others)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"size": 0}, "INVALID"),
        ({"size": 31 * 1024 * 1024}, "FILE_TOO_LARGE"),
        ({"type": "text/html; charset=utf-8"}, "INVALID"),
        ({"name": "ring.jpg.html"}, "FILE_NAME_REFUSED"),
        ({"purpose": "CAD"}, "PERMISSION_DENIED"),
        ({"purpose": "EVIDENCE"}, "STAGE_FORBIDS"),
    ],
)
def test_who_may_not_attach_it_gets_no_form(
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
    given: dict[str, Any],
    refusal: str,
) -> None:
    project_id = global_id("BespokeProject", intake_project.pk)
    values = {"purpose": "REFERENCE", "name": "ring.jpg", "type": "image/jpeg", "size": 10}
    result = run(BEGIN, customer, project=project_id, **values | given)
    if refusal == "PERMISSION_DENIED":
        assert "permission" in str(result.errors[0])
    else:
        assert code(result.data["bespokeUploadBegin"]) == refusal
    assert not DirectUpload.objects.exists()


def test_a_storage_that_is_no_bucket_says_so(
    intake_project: BespokeProject, customer: Actor
) -> None:
    assert code(begin(intake_project, customer)) == "UPLOAD_UNSUPPORTED"


def test_a_public_bucket_is_refused(
    bucket: Any,  # noqa: F811
    settings: Settings,
) -> None:
    from django.core.exceptions import ImproperlyConfigured

    private = settings.STORAGES["private"]
    public = private | {"OPTIONS": private["OPTIONS"] | {"default_acl": "public-read"}}
    settings.STORAGES = settings.STORAGES | {"private": public}
    with pytest.raises(ImproperlyConfigured, match="publishes"):
        private_storage()


@pytest.mark.django_db(transaction=True)
def test_side_by_side_an_upload_is_not_fetched_more_often(
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
    settings: Settings,
) -> None:
    settings.BESPOKE = settings.BESPOKE | {"FILES_SCANNER": "tcp://127.0.0.1:9"}
    post(begin(intake_project, customer)["upload"])
    pk = DirectUpload.objects.get().pk
    race(
        *[
            lambda: file_receive(
                actor=customer, project=intake_project, purpose=Purpose.REFERENCE, upload_pk=pk
            )
        ]
        * 8
    )
    upload = DirectUpload.objects.get()
    assert (upload.fetches, upload.outcome) == (5, "REFUSED")


@pytest.mark.django_db(transaction=True)
def test_a_bucket_that_is_away_after_the_commit_is_swept_later(
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was committed has happened: nobody is told that it failed."""
    upload = begin(intake_project, customer)["upload"]
    post(upload)

    def fails(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="the bucket")

    events = private_storage().connection.meta.client.meta.events  # type: ignore[attr-defined]
    events.register("before-send.s3.DeleteObject", fails)
    assert add(intake_project, customer, upload["id"])["errors"] == []
    raw, file = DirectUpload.objects.get(), BespokeFile.objects.get()
    assert raw.outcome == "TAKEN"
    file_erase(file=file)
    file.refresh_from_db()
    assert file.erased_at is not None
    assert len(keys(bucket)) == 2

    events.unregister("before-send.s3.DeleteObject", fails)
    monkeypatch.setattr("saleor_bespoke.media.services._ORPHAN_SECONDS", -60)
    assert stored_orphans_remove() == 2
    assert keys(bucket) == []


@pytest.mark.django_db(transaction=True)
def test_two_operations_at_once_use_an_upload_once(
    bucket: Any,  # noqa: F811
    intake_project: BespokeProject,
    customer: Actor,
) -> None:
    upload = begin(intake_project, customer, purpose="MESSAGE")["upload"]
    post(upload)
    pk = DirectUpload.objects.get().pk

    def use(text: str) -> Any:
        def act() -> Any:
            with file_receive(
                actor=customer, project=intake_project, purpose=Purpose.MESSAGE, upload_pk=pk
            ) as prepared:
                return message_send(
                    actor=customer, project_pk=intake_project.pk, text=text, prepared=[prepared]
                )

        return act

    results = race(use("One"), use("Two"))
    codes = sorted(str(getattr(item, "code", "ok")) for item in results)
    assert codes in (["UPLOAD_USED", "ok"], ["UPLOAD_NOT_ARRIVED", "ok"])
    file = BespokeFile.objects.get()
    assert keys(bucket) == [f"commissions/{file.storage_name}"]
