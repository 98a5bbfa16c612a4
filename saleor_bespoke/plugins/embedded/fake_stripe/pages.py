"""The page a customer is sent to: approve or refuse, then back to the shop."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from . import lifecycle
from .currencies import written
from .errors import Json
from .state import State
from .wire import Answer, Request

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Test payment</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px/1.5 system-ui;max-width:28rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1.2rem;margin-right:.5rem}}</style></head>
<body><main><h1>Test payment page</h1>{content}</main></body>
</html>
"""
CHOICE = """<p>{what}: <strong>{amount}</strong>. No real money moves.</p>
<form method="post"><button name="outcome" value="succeed">Authorise test payment</button>
<button name="outcome" value="fail">Fail test payment</button></form>"""


def answer(state: State, request: Request) -> Answer:
    """GET shows the choice; GET with `?outcome=` or POST makes it."""
    sent = request.query if request.method == "GET" else request.body.decode("utf-8", "replace")
    outcome = parse_qs(sent).get("outcome", [""])[0]
    with state.lock:
        intent = _intent(state, request.path.rsplit("/", 1)[-1])
        if intent is None:
            return _page(404, "<p>There is no such payment.</p>")
        if intent["status"] != "requires_action":
            return _page(409, "<p>This payment no longer waits for you.</p>")
        if outcome not in ("succeed", "fail"):
            return _page(200, _choice(state, intent))
        lifecycle.customer_answered(state, intent, agreed=outcome == "succeed")
        state.commit()
        back = state.private(intent["id"])["return_url"]
    if back is None:
        return _page(200, f"<p>The payment is now <em>{escape(intent['status'])}</em>.</p>")
    return Answer(303, b"", {"Location": _back(back, intent, outcome)})


def _intent(state: State, nonce: str) -> Json | None:
    for intent in state.table("payment_intent").values():
        if state.private(intent["id"]).get("nonce") == nonce:
            return intent
    return None


def _choice(state: State, intent: Json) -> str:
    method = state.find("payment_method", intent["payment_method"])
    what = "Pay with instalments" if method["type"] == "klarna" else "Confirm with your bank"
    amount = escape(written(intent["amount"], intent["currency"]))
    return CHOICE.format(what=what, amount=amount)


def _back(url: str, intent: Json, outcome: str) -> str:
    parts = urlsplit(url)
    told = urlencode(
        {
            "payment_intent": intent["id"],
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": "succeeded" if outcome == "succeed" else "failed",
        }
    )
    query = f"{parts.query}&{told}" if parts.query else told
    return urlunsplit(parts._replace(query=query))


def _page(status: int, content: str) -> Answer:
    body = PAGE.format(content=content).encode()
    return Answer(status, body, {"Content-Type": "text/html; charset=utf-8"})
