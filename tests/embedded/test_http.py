"""The endpoint's transport: what a real Saleor 3.23 accepts, refuses and keeps to itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from graphql import GraphQLError

from saleor_bespoke.plugins.embedded import requests
from saleor_bespoke.shop.embedded import accounts
from saleor_bespoke.shop.embedded.models import App
from saleor_bespoke.shop.embedded.types import resolve_upload

ME = "query me { me { email } }"
NOBODY = {"data": {"me": None}}


def data(response: Any) -> Any:
    """A body without its cost."""
    body = response.json()
    assert body.pop("extensions")["cost"]["maximumAvailable"] == 50_000
    return body


def problem(response: Any, status: int = 400) -> str:
    """The one error of a request that did not begin."""
    assert response.status_code == status
    body = response.json()
    assert "data" not in body
    (error,) = body["errors"]
    assert error["extensions"]["exception"]["code"] in ("GraphQLError", "GraphQLSyntaxError")
    return str(error["message"])


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps({"query": ME})),
        ("application/json; charset=utf-8", json.dumps({"query": ME, "variables": "x"})),
        ("application/json", json.dumps({"query": ME, "variables": '{"a": 1}'})),
        ("application/graphql", ME),
        ("application/x-www-form-urlencoded", f"query={ME}"),
    ],
)
def test_an_operation_is_read_from_each_content_type(
    api: Any, content_type: str, body: str
) -> None:
    response = api.client.post("/graphql/", body, content_type=content_type)

    assert response.status_code == 200
    assert data(response) == NOBODY
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream"])
def test_other_content_types_hold_no_query(api: Any, content_type: str) -> None:
    response = api.client.post("/graphql/", ME, content_type=content_type)

    assert problem(response) == "Must provide a query string."


@pytest.mark.parametrize("body", ["{", '"text"', "3", "[" * 20_000])
def test_what_is_no_json_object_cannot_be_read(api: Any, body: str) -> None:
    response = api.client.post("/graphql/", body, content_type="application/json")

    assert problem(response) == "Unable to parse query."


@pytest.mark.parametrize("body", [{}, {"query": ""}, {"query": 3}, [None]])
def test_a_body_without_a_query_is_refused(api: Any, body: Any) -> None:
    assert problem(api.post(body)) == "Must provide a query string."


def test_a_batch_holds_one_operation(api: Any) -> None:
    (only,) = api.post([{"query": ME}]).json()
    empty = api.post([])

    assert only["data"] == NOBODY["data"]
    assert (empty.status_code, empty.json()) == (200, [])
    assert problem(api.post([{"query": ME}] * 2)) == "Number of batch queries exceeded."


def test_a_body_too_large_is_refused(api: Any) -> None:
    response = api.post({"query": ME, "variables": {"x": "x" * 3 * 1024 * 1024}})

    assert problem(response, 413) == "Request body exceeds maximum size."


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("query {", "Syntax Error GraphQL"),
        ("{ nonsense }", 'Cannot query field "nonsense" on type "Query".'),
        ("query ($id: ID!) { order(id: $id) { id } }", 'Variable "$id" of required type "ID!"'),
        ("query a { me { id } } query b { me { id } }", "Must provide operation name"),
        ("{ ...a } fragment a on Query { ...a }", "The query is nested too deeply."),
        ("{ me " * 5000 + "}" * 5000, "The query is nested too deeply."),
    ],
)
def test_what_cannot_begin_is_400_without_data(api: Any, query: str, message: str) -> None:
    assert problem(api.post({"query": query})).startswith(message)


def test_an_operation_is_chosen_by_name(api: Any) -> None:
    query = "query a { me { email } } query b { __typename }"

    assert data(api.post({"query": query, "operationName": "a"})) == NOBODY
    unknown = api.post({"query": query, "operationName": "zzz"})
    assert problem(unknown) == 'Unknown operation named "zzz".'


LOG_IN = 'tokenCreate(email: "x", password: "y") { token }'


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "mutation { " + " ".join(f"m{n}: {LOG_IN}" for n in range(5)) + " }",
            "Number of mutations exceed the limit of 4",
        ),
        (
            "mutation { ...two ...two ...two } fragment two on Mutation "
            f"{{ a: {LOG_IN} b: {LOG_IN} }}",
            "Number of mutations exceed the limit of 4",
        ),
        (
            "{ " + " ".join(f"a{n}: me {{ id }}" for n in range(101)) + " }",
            "Number of aliases exceed the limit of 100",
        ),
        (
            "{ __schema { types { fields { type "
            + "{ ofType " * 30
            + "{ name } "
            + "} " * 30
            + "} } } }",
            "Depth of the query exceeds the limit of 30",
        ),
        (
            "{ ...f0 } "
            + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(20))
            + " fragment f20 on Query { __typename }",
            "The query exceeds the maximum cost of 50000. Actual cost is 1048576",
        ),
    ],
)
def test_asking_too_much_at_once_is_refused(api: Any, query: str, message: str) -> None:
    assert problem(api.post({"query": query})) == message


def test_the_cost_counts_pages_and_is_answered(api: Any) -> None:
    query = "query ($n: Int) { bespokeProjects(first: $n) { edges { node { number title } } } }"
    body = api.post({"query": query, "variables": {"n": 100}}).json()

    assert body["extensions"]["cost"]["requestedQueryCost"] == 1 + 100 * 4


def test_a_failure_inside_is_masked_and_logged(
    api: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Any) -> Any:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(accounts, "authenticated", fail)
    response = api.post({"query": ME})

    assert response.status_code == 200
    assert data(response) == {
        "errors": [
            {
                "message": "Internal Server Error",
                "locations": [{"line": 1, "column": 12}],
                "path": ["me"],
                "extensions": {"exception": {"code": "RuntimeError"}},
            }
        ],
        "data": {"me": None},
    }
    assert "secret" not in response.content.decode()
    assert "the secret is 42" in caplog.text


# browsers -----------------------------------------------------------------------------------


def test_get_shows_the_explorer_and_never_executes(api: Any) -> None:
    response = api.client.get("/graphql/", {"query": ME})

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    page = response.content.decode()
    assert "email" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_the_explorers_files_are_served(api: Any) -> None:
    response = api.client.get("/static/graphiql/explorer.js")

    assert response.status_code == 200
    assert b"".join(response.streaming_content)
    assert api.client.get("/static/graphiql/../settings.py").status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "head"])
def test_other_methods_are_not_allowed(api: Any, method: str) -> None:
    response = getattr(api.client, method)("/graphql/")

    assert response.status_code == 405
    assert response["Allow"] == "GET, OPTIONS, POST"


def test_a_storefront_of_another_origin_may_ask(api: Any) -> None:
    headers = {"Origin": "http://localhost:3000"}
    asked = api.client.options("/graphql/", headers=headers)
    answered = api.client.post(
        "/graphql/", {"query": ME}, content_type="application/json", headers=headers
    )

    for response in (asked, answered):
        assert response.status_code == 200
        assert response["Access-Control-Allow-Origin"] == "http://localhost:3000"
        assert response["Vary"] == "Origin"
    assert "Authorization" in asked["Access-Control-Allow-Headers"]
    assert api.client.options("/graphql/").status_code == 400


def test_health(api: Any) -> None:
    assert api.client.get("/health/").content == b"ok"


# files and the provider ---------------------------------------------------------------------


def multipart(rf: Any, operations: Any, places: Any, **files: bytes) -> Any:
    """A multipart request as the specification has it."""
    body = {
        "operations": json.dumps(operations),
        "map": json.dumps(places),
        **{name: SimpleUploadedFile(f"{name}.txt", content) for name, content in files.items()},
    }
    return rf.post("/graphql/", body)


class Info:
    def __init__(self, context: Any) -> None:
        self.context = context


def test_files_of_a_multipart_request_reach_their_places(rf: Any) -> None:
    operations = {"query": ME, "variables": {"file": None, "more": [None, None]}}
    places = {"a": ["variables.file", "variables.more.1"], "b": ["variables.more.0"]}
    request = multipart(rf, operations, places, a=b"first", b=b"second")
    (raw,), batch = requests.operations(request)
    variables = requests.operation(raw).variables

    assert not batch
    assert variables == {"file": "a", "more": ["b", "a"]}
    assert resolve_upload(Info(request), variables["file"]).read() == b"first"
    assert resolve_upload(Info(request), variables["more"][0]).read() == b"second"


@pytest.mark.parametrize(
    ("operations", "places"),
    [
        ({"query": ME}, {"a": ["variables.file"]}),
        ({"query": ME, "variables": {"files": []}}, {"a": ["variables.files.3"]}),
        ({"query": ME, "variables": {"files": []}}, {"a": ["variables.files.x"]}),
        ({"query": ME, "variables": "text"}, {"a": ["variables.file"]}),
        ({"query": ME}, ["a"]),
        ("text", {}),
    ],
)
def test_a_file_without_a_place_is_refused(rf: Any, operations: Any, places: Any) -> None:
    with pytest.raises(requests.BadRequest, match=r"Unable to parse query\."):
        requests.operations(multipart(rf, operations, places, a=b"first"))


@pytest.mark.parametrize("value", ["a", None, 3, {"x": 1}])
def test_what_is_no_uploaded_file_is_refused(rf: Any, value: Any) -> None:
    from saleor_bespoke.errors import BespokeError

    with pytest.raises(BespokeError, match="No file was uploaded"):
        resolve_upload(Info(rf.post("/graphql/")), value)


def test_the_providers_reports_are_stored_or_refused(
    api: Any, product: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stored, status in ((True, 200), (False, 400)):
        monkeypatch.setattr(product, "answer", lambda name, stored=stored, **_: stored)
        response = api.client.post(
            "/plugins/saleor.bespoke/stripe/webhook",
            b"{}",
            content_type="application/json",
            headers={"Stripe-Signature": "t=1,v1=x"},
        )
        assert response.status_code == status
    assert api.client.get("/plugins/saleor.bespoke/stripe/webhook").status_code == 405


def test_the_provider_must_sign(api: Any) -> None:
    response = api.client.post(
        "/plugins/saleor.bespoke/stripe/webhook", b"{}", content_type="application/json"
    )

    assert response.status_code == 400


@pytest.mark.parametrize("link", ["nonsense", "a:b:c"])
def test_a_forged_link_shows_nothing(api: Any, link: str) -> None:
    for headers in ({}, {"Bespoke-Token": "nonsense"}, api.headers("stella")):
        assert (
            api.client.get(f"/plugins/saleor.bespoke/files/{link}", headers=headers).status_code
            == 404
        )


def test_an_error_of_graphql_itself_keeps_its_message() -> None:
    from saleor_bespoke.plugins.embedded.views import _problem

    assert _problem(GraphQLError("No.")) == {
        "message": "No.",
        "extensions": {"exception": {"code": "GraphQLError"}},
    }


def test_an_app_token_is_kept_as_a_digest(api: Any) -> None:
    from saleor_bespoke.plugins.embedded.seed import APP_TOKEN

    assert APP_TOKEN not in App.objects.get().token_digest
