"""The shop as the journey meets it: who plays, what was found, and how a finding is checked."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.journey.client import Api, Browser, Caller, Unexpected
from tests.journey.report import Report

#: Where the workshop lies, whose days count for what is entered there.
ZONE = ZoneInfo("America/New_York")
ACCOUNTS = Path(__file__).parent / "accounts.json"
#: How long the shop may take to do what it does after a request, in seconds.
PATIENCE = 180.0


@dataclass
class World:
    """The shop, the provider and the people of one play."""

    api: Api
    browser: Browser
    report: Report
    people: dict[str, Caller]
    #: Makes codes and numbers of this play its own, so that it can be played again.
    run: str = field(default_factory=lambda: secrets.token_hex(3).upper())
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def staff(self) -> Caller:
        """Staff who may manage orders and payments."""
        return self.people["staff"]

    def chapter(self, title: str) -> None:
        """A part of the journey begins, on this day of the shop's calendar."""
        self.report.chapter(title, f"{day(self.shop_time())} {self.shop_time().year}")

    def clock_move(self, hours: int) -> datetime:
        """Let hours pass in the shop, and at the provider's stand-in; the shop's time then."""
        moved = self.api.run("bespokeClockMove", self.staff, hours=hours)
        now = moment(moved["now"])
        self.browser.clock((now - datetime.now(UTC)).total_seconds())
        return now

    def shop_time(self) -> datetime:
        """What time it is in the shop."""
        return moment(self.api.run("bespokeClockMove", self.staff, hours=0)["now"])

    def today(self) -> date:
        """The day in the workshop."""
        return self.shop_time().astimezone(ZONE).date()

    def material(self, code: str, **facts: Any) -> str:
        """Staff enter a material of this play; its id."""
        wanted = {"code": f"{code}-{self.run}", **facts}
        made = self.api.run("bespokeMaterialCreate", self.staff, input=wanted)["material"]
        found = self.api.run("bespokeMaterial", self.staff, id=made["id"])
        equal(found["code"], wanted["code"], "the material's code")
        return str(made["id"])


def people(path: Path) -> dict[str, Caller]:
    """The accounts of a shop, by their part in the journey."""
    return {
        part: Caller(**facts)
        for part, facts in json.loads(path.read_text(encoding="utf-8")).items()
    }


def moment(text: str) -> datetime:
    """A time as the API writes it."""
    return datetime.fromisoformat(text)


def day(at: datetime | str) -> str:
    """A day as a person reads it."""
    found = moment(at) if isinstance(at, str) else at
    return f"{found:%a} {found.day} {found:%b}"


def price(money: dict[str, Any]) -> str:
    """An amount as a person reads it."""
    return f"{float(money['amount']):,.2f} {money['currency']}"


def money_of(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The sum of one column of amounts, which are all in one currency."""
    (currency,) = {row[name]["currency"] for row in rows}
    total = sum(Decimal(str(row[name]["amount"])) for row in rows)
    return {"amount": float(total), "currency": currency}


def equal(found: Any, wanted: Any, what: str) -> None:
    """The step's outcome is as it must be, or the journey ends with a sentence."""
    if found != wanted:
        raise Unexpected(f"{what} is {found!r}, not {wanted!r}.")


def true(found: Any, sentence: str) -> None:
    """What the sentence says is so, or the journey ends with it."""
    if not found:
        raise Unexpected(f"Not so: {sentence}.")


def one(rows: list[Any], what: str) -> Any:
    """The only row."""
    if len(rows) != 1:
        raise Unexpected(f"One {what} was expected, there are {len(rows)}.")
    return rows[0]


def wait_for(look: Callable[[], Any], what: str) -> Any:
    """Look until it is there: some things happen shortly after a request."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.25)
    raise Unexpected(f"Waited {PATIENCE:.0f} s in vain for {what}.")
