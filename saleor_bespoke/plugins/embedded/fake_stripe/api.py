"""The `/v1` API: who calls, which operation, once per idempotency key."""

from __future__ import annotations

import base64
import binascii
import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from . import charges, faults, forms, idempotency, intents, listing, methods, refunds, views
from .call import Call
from .errors import ApiError, Json
from .events import API_VERSION
from .state import State, token
from .wire import Answer, Request, json_answer

Operation = Callable[[Call], Json]
INTENTS = "/v1/payment_intents"


@dataclass(frozen=True)
class Route:
    """One operation and its address; `public` ones may be called from a browser."""

    method: str
    path: str
    operation: Operation
    public: bool = False

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        """What the address names, if the call is meant for this route."""
        if method != self.method:
            return None
        found = re.fullmatch(self.path.replace(":id", "([^/]+)"), path)
        return None if found is None else tuple(unquote(part) for part in found.groups())


def _account(call: Call) -> Json:
    forms.only(call.params)
    return {
        "id": call.state.data["account"],
        "object": "account",
        "business_type": "company",
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": "Bespoke test account"}},
        "type": "standard",
    }


def _balance(call: Call) -> Json:
    forms.only(call.params)
    return charges.balance(call.state)


def _collection(kind: str, name: str, *filters: str) -> tuple[Route, Route]:
    url = f"/v1/{name}"
    return (
        Route("GET", url, listing.lister(kind, url, *filters)),
        Route("GET", f"{url}/:id", listing.getter(kind)),
    )


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/account", _account),
    Route("GET", "/v1/balance", _balance),
    Route("POST", "/v1/payment_intents", intents.create),
    Route("GET", "/v1/payment_intents", listing.lister("payment_intent", INTENTS, "customer")),
    Route("GET", "/v1/payment_intents/:id", intents.retrieve, public=True),
    Route("POST", "/v1/payment_intents/:id", intents.update),
    Route("POST", "/v1/payment_intents/:id/confirm", intents.confirm, public=True),
    Route("POST", "/v1/payment_intents/:id/cancel", intents.cancel),
    Route("POST", "/v1/payment_intents/:id/capture", intents.capture),
    Route("POST", "/v1/payment_methods", methods.create, public=True),
    Route("GET", "/v1/payment_methods/:id", listing.getter("payment_method")),
    Route("POST", "/v1/refunds", refunds.create),
    *_collection("charge", "charges", "payment_intent"),
    *_collection("refund", "refunds", "charge", "payment_intent"),
    *_collection("dispute", "disputes", "charge", "payment_intent"),
    *_collection("balance_transaction", "balance_transactions", "source", "type"),
    *_collection("event", "events", "type"),
)


def answer(state: State, request: Request) -> Answer:
    """Answer one call of the API, with whatever fault was armed for it."""
    with state.lock:
        fault = faults.take(state, request.method, request.path)
        early = faults.instead(fault) if fault else None
        if early is not None:
            return early
        found = _perform(state, request, f"req_{token(14)}")
    return faults.afterwards(fault, found) if fault else found


def _perform(state: State, request: Request, request_id: str) -> Answer:
    headers = {"Request-Id": request_id}
    publishable = False
    version = API_VERSION
    try:
        params = forms.parse(
            request.query if request.method == "GET" else request.body.decode("utf-8", "replace")
        )
        version = views.checked_version(request.header("Stripe-Version"))
        headers["Stripe-Version"] = version
        publishable = _authenticate(state, request, params)
        route, args = _route(request)
        if publishable and not route.public:
            raise ApiError(
                401,
                "This API call cannot be made with a publishable API key. "
                "Please use a secret API key.",
                code="secret_key_required",
                saved=False,
            )
        call = Call(state, params, args, publishable)
        key = request.header("Idempotency-Key") if request.method == "POST" else None
        if key is not None:
            headers["Idempotency-Key"] = key
        status, body = _once(call, route, request, request_id, key, headers, version)
    except ApiError as error:
        status = error.status
        body = views.shown(state, error.body(), version=version, publishable=publishable)
    return json_answer(status, body, headers)


def _once(
    call: Call,
    route: Route,
    request: Request,
    request_id: str,
    key: str | None,
    headers: dict[str, str],
    version: str,
) -> tuple[int, Json]:
    """Perform the operation, or repeat the answer its idempotency key already has."""
    state = call.state
    mark = idempotency.fingerprint(request.path, call.params)
    if key is not None:
        known = idempotency.replay(state, key, mark)
        if known is not None:
            headers |= {"Idempotent-Replayed": "true", "Original-Request": known["request_id"]}
            return known["status"], known["body"]
    state.request = {"id": request_id, "idempotency_key": key}
    executed, saved = False, True
    try:
        listing.check_expand(call.params)
        status, found = 200, copy.deepcopy(route.operation(call))
        executed = True
        listing.expand(state, found, call.params)
    except ApiError as error:
        status, found, saved = error.status, error.body(), executed or error.saved
    finally:
        state.request = {"id": None, "idempotency_key": None}
    body = views.shown(state, found, version=version, publishable=call.publishable)
    if key is not None and saved:
        idempotency.remember(state, key, mark, status, body, request_id)
    if request.method == "POST":
        state.commit()
    return status, body


def _authenticate(state: State, request: Request, params: Json) -> bool:
    """Whether the caller holds only the publishable key; a wrong key is refused."""
    key = _key_sent(request) or forms.text(params, "key")
    if key is None:
        raise ApiError(
            401,
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth.",
            saved=False,
        )
    if key == state.data["api_key"]:
        return False
    if key == state.data["publishable_key"]:
        return True
    masked = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 12 else "*" * len(key)
    raise ApiError(401, f"Invalid API Key provided: {masked}", saved=False)


def _key_sent(request: Request) -> str | None:
    scheme, _, value = (request.header("Authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("latin-1").partition(":")[0]
        except binascii.Error:
            return value
    return None


def _route(request: Request) -> tuple[Route, tuple[str, ...]]:
    for route in ROUTES:
        args = route.match(request.method, request.path)
        if args is not None:
            return route, args
    raise ApiError(
        404, f"Unrecognized request URL ({request.method}: {request.path}).", saved=False
    )
