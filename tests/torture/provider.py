"""The payment provider's stand-in in a process of its own, and its books read over HTTP."""

from __future__ import annotations

import json
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests

from tests.torture.processes import START_SECONDS, Child, Place

KEYS = {
    "api_key": "sk_test_embedded",
    "publishable_key": "pk_test_embedded",
    "webhook_secret": "whsec_embedded",
}
WEBHOOK_PATH = "/plugins/saleor.bespoke/stripe/webhook"


class Books:
    """What the provider itself knows about money, asked with the shop's secret key."""

    def __init__(self, url: str, secret_key: str = KEYS["api_key"]) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = (secret_key, "")

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All `payment_intents`, `charges`, `refunds`, `events` or `disputes`, newest first."""
        rows: list[dict[str, Any]] = []
        query: dict[str, str] = {"limit": "100"}
        while True:
            answer = self._session.get(f"{self.url}/v1/{kind}", params=query, timeout=60)
            answer.raise_for_status()
            page = answer.json()
            rows += page["data"]
            if not page["has_more"]:
                return rows
            query["starting_after"] = rows[-1]["id"]

    def lever(self, path: str, **body: Any) -> Any:
        """Pull one of the stand-in's levers."""
        answer = self._session.post(f"{self.url}/_test/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def close(self) -> None:
        """Close the connection to it."""
        self._session.close()

    def received(self) -> dict[str, int]:
        """Minor units kept by each payment: what was captured less what went back."""
        kept = {row["id"]: int(row["amount_received"]) for row in self.all("payment_intents")}
        for refund in self.all("refunds"):
            if refund["status"] in ("succeeded", "pending"):
                kept[refund["payment_intent"]] -= int(refund["amount"])
        return kept


class Provider(Books):
    """A running stand-in that ends with the bench. Its memory is kept by `save`."""

    def __init__(self, place: Place, *, port: int = 0, state: Path | None = None) -> None:
        self._child = Child(_serve, place.but(log="provider.log"), port, state)
        super().__init__(self._child.receive(START_SECONDS))

    @property
    def pid(self) -> int:
        """The process' number."""
        return self._child.pid

    def webhook_to(self, url: str | None) -> None:
        """From now on events are sent to the shop that serves at this address (or nowhere)."""
        self._ask("webhook", url and url.rstrip("/") + WEBHOOK_PATH)

    def save(self, path: Path) -> None:
        """Write the memory to a file from which another stand-in can start."""
        self._ask("save", str(path))

    def stop(self) -> None:
        """End it."""
        self.close()
        self._child.kill()

    def _ask(self, word: str, value: Any) -> None:
        self._child.tell((word, value))
        self._child.receive(START_SECONDS)


def _serve(out: Connection, port: int, state: Path | None) -> None:
    """Serve from memory: writing a file with every request would be the bottleneck."""
    from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe

    fake = FakeStripe.start(port=port, state_file=state, keys=KEYS)
    fake.state.file = None
    out.send(("done", fake.url))
    while True:
        try:
            word, value = out.recv()
        except EOFError:
            return
        with fake.state.lock:
            if word == "save":
                Path(value).write_text(json.dumps(fake.state.data), encoding="utf-8")
            else:
                fake.state.data["webhook"]["url"] = value
                fake.state.commit()
        out.send(("done", True))
