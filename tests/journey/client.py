"""A client that knows only HTTP: GraphQL documents by name, uploads, and the shopper's browser."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

DOCUMENTS = Path(__file__).parent / "documents"
TIMEOUT = 60
#: An access token of the shop lives five minutes; a new one is fetched well before.
TOKEN_SECONDS = 200


class Unexpected(Exception):
    """The shop answered otherwise than the journey demands; the message says how."""


@dataclass(frozen=True)
class Upload:
    """A file as a form would send it."""

    name: str
    content: bytes


@dataclass
class Caller:
    """Somebody at the other end: a shopper, staff, a program, or a guest with a project token."""

    email: str = ""
    password: str = ""
    app_token: str = ""
    project_token: str = ""
    _jwt: str = field(default="", repr=False)
    _fetched: float = 0.0


class Api:
    """One shop's GraphQL endpoint."""

    def __init__(self, url: str, *documents: Path) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.calls = 0
        folders = documents or (DOCUMENTS,)
        self._documents = {
            path.stem: path for folder in folders for path in folder.rglob("*.graphql")
        }

    def run(self, document: str, caller: Caller | None = None, **variables: Any) -> Any:
        """Send a document and answer its one field's payload; any error is Unexpected."""
        answer = self.send(document, caller, **variables)
        if answer.get("errors"):
            raise Unexpected(f"{document}: {answer['errors'][0]['message']}")
        (payload,) = answer["data"].values()
        if isinstance(payload, dict) and payload.get("errors"):
            raise Unexpected(f"{document}: {payload['errors']}")
        return payload

    def refused(self, document: str, caller: Caller | None = None, **variables: Any) -> str:
        """Send a document that must be refused; answer the refusal's code."""
        answer = self.send(document, caller, **variables)
        if answer.get("errors"):
            extensions = answer["errors"][0].get("extensions") or {}
            return str(extensions.get("exception", {}).get("code", "GraphQLError"))
        (payload,) = answer["data"].values()
        if not payload or not payload.get("errors"):
            raise Unexpected(f"{document} was expected to be refused, and was not.")
        return str(payload["errors"][0]["code"])

    def send(self, document: str, caller: Caller | None, **variables: Any) -> dict[str, Any]:
        """Send a document and answer the whole body."""
        self.calls += 1
        query = self._documents[document].read_text(encoding="utf-8")
        if caller and caller.project_token and "$token" in query:
            variables.setdefault("token", caller.project_token)
        headers = {"Authorization": f"Bearer {token}"} if (token := self._token(caller)) else {}
        files: dict[str, Any] = {}
        paths: dict[str, list[str]] = {}
        body = {"query": query, "variables": _without_files(variables, "variables", files, paths)}
        if not files:
            answer = self.session.post(self.url, json=body, headers=headers, timeout=TIMEOUT)
        else:
            form = {"operations": json.dumps(body), "map": json.dumps(paths)}
            parts = {key: (item.name, item.content) for key, item in files.items()}
            answer = self.session.post(
                self.url, data=form, files=parts, headers=headers, timeout=TIMEOUT
            )
        try:
            found: dict[str, Any] = answer.json()
        except ValueError:
            raise Unexpected(f"{document}: HTTP {answer.status_code} without JSON") from None
        return found

    def _token(self, caller: Caller | None) -> str:
        if caller is None or not (caller.email or caller.app_token):
            return ""
        if caller.app_token:
            return caller.app_token
        if time.monotonic() - caller._fetched > TOKEN_SECONDS or not caller._jwt:
            caller._jwt = self._log_in(caller)
            caller._fetched = time.monotonic()
        return caller._jwt

    def enters(self, caller: Caller) -> bool:
        """Whether the shop lets this caller log in."""
        try:
            return bool(self._token(caller))
        except Unexpected:
            return False

    def _log_in(self, caller: Caller) -> str:
        for _ in range(10):
            answer = self.run_raw("tokenCreate", email=caller.email, password=caller.password)
            if answer["token"]:
                return str(answer["token"])
            if answer["errors"][0]["code"] != "LOGIN_ATTEMPT_DELAYED":
                raise Unexpected(f"{caller.email} cannot log in: {answer['errors']}")
            time.sleep(1.5)
        raise Unexpected(f"{caller.email} cannot log in: the shop keeps delaying it.")

    def fetch(self, url: str, caller: Caller | None) -> requests.Response:
        """Fetch a private file's link as somebody."""
        headers = {"Authorization": f"Bearer {token}"} if (token := self._token(caller)) else {}
        if caller and caller.project_token:
            headers["Bespoke-Token"] = caller.project_token
        return self.session.get(url, headers=headers, timeout=TIMEOUT)

    def run_raw(self, document: str, **variables: Any) -> Any:
        """Send a document as nobody and answer its payload, errors included."""
        (payload,) = self.send(document, None, **variables)["data"].values()
        return payload


def _without_files(
    value: Any, path: str, files: dict[str, Any], paths: dict[str, list[str]]
) -> Any:
    if isinstance(value, Upload):
        key = str(len(files))
        files[key], paths[key] = value, [path]
        return None
    if isinstance(value, dict):
        return {
            name: _without_files(item, f"{path}.{name}", files, paths)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [
            _without_files(item, f"{path}.{index}", files, paths)
            for index, item in enumerate(value)
        ]
    return value


class Browser:
    """What Stripe.js and the bank's page do in the shopper's browser."""

    def __init__(self, stripe_url: str) -> None:
        self.stripe_url = stripe_url.rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False

    def confirm(self, client_secret: str, publishable_key: str, **payment: str) -> dict[str, Any]:
        """Confirm a payment with `payment_method=…` or `payment_method_data[type]=…`."""
        reference = client_secret.split("_secret_")[0]
        form = {"key": publishable_key, "client_secret": client_secret, **payment}
        url = f"{self.stripe_url}/v1/payment_intents/{reference}/confirm"
        answer: dict[str, Any] = self.session.post(url, data=form, timeout=TIMEOUT).json()
        return answer

    def visit(self, url: str, outcome: str) -> None:
        """Open the page the provider sent the shopper to; press `succeed` or `fail` there."""
        page = self.session.get(url, timeout=TIMEOUT)
        if page.status_code != 200 or f'value="{outcome}"' not in page.text:
            raise Unexpected(f"The provider's page has no button to {outcome}: {page.status_code}.")
        form = {"outcome": outcome}
        self.session.post(url, data=form, timeout=TIMEOUT, allow_redirects=False)

    def refund(self, reference: str, secret_key: str) -> dict[str, Any]:
        """A refund as the provider's books show it, for whoever has the shop's key there."""
        url = f"{self.stripe_url}/v1/refunds/{reference}"
        found: dict[str, Any] = self.session.get(url, auth=(secret_key, ""), timeout=TIMEOUT).json()
        return found

    def clock(self, seconds: float) -> None:
        """Let the provider's clock follow the shop's."""
        self.lever("clock", offset_seconds=seconds)

    def lever(self, path: str, **body: Any) -> Any:
        """Pull one of the stand-in's levers."""
        url = f"{self.stripe_url}/_test/{path}"
        answer = self.session.post(url, json=body, timeout=TIMEOUT)
        if answer.status_code >= 400:
            raise Unexpected(f"The payment provider's lever {path}: {answer.text[:200]}")
        return answer.json()
