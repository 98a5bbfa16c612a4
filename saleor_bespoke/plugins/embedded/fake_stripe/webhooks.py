"""Signed webhooks, sent by a thread of their own to the one configured endpoint."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import threading
from urllib.parse import urlsplit

from . import events
from .errors import Json
from .state import State

STALE_SECONDS = 3600
TIMEOUT_SECONDS = 10.0


def signature_header(secrets: list[str], payload: bytes, timestamp: int) -> str:
    """`t=…,v1=…` with one signature per secret that is valid now."""
    signed = f"{timestamp}.".encode() + payload
    signatures = [
        hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets
    ]
    return ",".join([f"t={timestamp}", *(f"v1={signature}" for signature in signatures)])


class Deliverer:
    """Sends what is due, in the order it became due, and tries again what was not accepted."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._stopped = False
        self._sending = False
        self._thread = threading.Thread(target=self._run, name="fake-stripe-webhooks", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the delivery under way, and no other."""
        with self._state.changed:
            self._stopped = True
            self._state.changed.notify_all()
        self._thread.join(TIMEOUT_SECONDS + 1)

    def settled(self, timeout: float) -> bool:
        """Wait until nothing is due; False if that did not happen in time."""
        with self._state.changed:
            return self._state.changed.wait_for(
                lambda: not self._sending and self._due() is None, timeout
            )

    def _due(self) -> Json | None:
        if self._state.data["webhook"]["url"] is None:
            return None
        now = self._state.now()
        due = [job for job in self._state.data["queue"] if job["due"] is not None]
        first = min(due, key=lambda job: float(job["due"]), default=None)
        return first if first is not None and first["due"] <= now else None

    def _pause(self) -> float | None:
        if self._state.data["webhook"]["url"] is None:
            return None
        waits = [job["due"] for job in self._state.data["queue"] if job["due"] is not None]
        return max(0.0, min(waits) - self._state.now()) if waits else None

    def _run(self) -> None:
        while True:
            with self._state.changed:
                while not self._stopped and (job := self._due()) is None:
                    self._state.changed.wait(self._pause())
                if self._stopped or job is None:
                    return
                self._sending = True
                event = self._state.table("event")[job["event"]]
                url = self._state.data["webhook"]["url"]
                request = self._signed(event, job["signature"])
            status = _post(url, *request)
            with self._state.changed:
                self._sending = False
                self._finish(job, event, status)
                self._state.commit()

    def _signed(self, event: Json, kind: str) -> tuple[bytes, str]:
        payload = events.payload(event)
        at = int(self._state.now())
        secrets = list(self._state.data["webhook_secrets"])
        if kind == "wrong":
            secrets = ["whsec_" + "0" * 32]
        if kind == "stale":
            at -= STALE_SECONDS
        return payload, signature_header(secrets, payload, at)

    def _finish(self, job: Json, event: Json, status: int | None) -> None:
        accepted = status is not None and 200 <= status < 300
        delays = self._state.data["webhook"]["retry_delays"]
        if accepted or job["attempt"] >= len(delays):
            waiting = self._state.data["queue"]
            waiting.remove(job)
            event["pending_webhooks"] = int(any(o["event"] == event["id"] for o in waiting))
            result = "delivered" if accepted else "given up"
        else:
            job["due"] = self._state.now() + delays[job["attempt"]]
            job["attempt"] += 1
            result = "will retry"
        events.note(self._state, event, result, status=status)


def _post(url: str | None, payload: bytes, signature: str) -> int | None:
    """The endpoint's status, or None where it could not be reached; redirects count as refusal."""
    parts = urlsplit(url or "")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "Stripe/1.0 (fake)",
    }
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", target, payload, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
