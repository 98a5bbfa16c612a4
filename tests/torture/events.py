"""What the provider reports, in random order, each one to five times, between everything else.

Each story happens at the provider and in the browser; its signed events reach the web process in
another order every time, between the browser's own calls and the worker's sweeps. However they
came, one story has one end: here, at the host and at the provider, with equal ledgers.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from saleor_bespoke.plugins.embedded.fake_stripe.webhooks import signature_header
from tests.torture import commissions, stories
from tests.torture.bench import Bench, Place, Provider
from tests.torture.desks import Desk
from tests.torture.provider import KEYS, WEBHOOK_PATH
from tests.torture.stories import STORIES, Begun, Story
from tests.torture.table import Row

NAME = "events"
PERMUTATIONS, EACH, CONTROL = 1000, 10, 12
DRIVERS, SWEEPERS = 3, 2
#: What a control loses: a movement counts once, an event is remembered.
UNGUARD = (
    "ALTER TABLE saleor_bespoke_ledgerentry DROP CONSTRAINT bespoke_ledger_once",
    "ALTER TABLE saleor_bespoke_providerevent DROP CONSTRAINT bespoke_provider_event_once",
)
WITHOUT_MEMORY = "tests.torture.stories:without_memory"
#: What the browser says, whatever the shop answers.
BROWSER = "mutation($id: ID!) {{ {}(id: $id) {{ errors {{ code }} }} }}"


@dataclass
class Scene:
    """A furnished database, the provider's memory beside it, and its commissions by story."""

    database: str
    memory: Path
    begun: list[Begun]


@dataclass
class Heard:
    """What all permutations came to."""

    ends: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    told: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    owed: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    deadlocks: int = 0

    @property
    def permutations(self) -> int:
        """How many stories were told."""
        return sum(sum(found.values()) for found in self.ends.values())

    @property
    def differing(self) -> dict[str, list[str]]:
        """Of stories with more than one end, all of them."""
        return {name: sorted(found) for name, found in self.ends.items() if len(found) > 1}


def run(bench: Bench, *, scale: float, seed: int) -> list[Row]:
    """All permutations, in rounds over copies of one furnished database."""
    begun = time.monotonic()
    wanted, heard = max(len(STORIES), round(PERMUTATIONS * scale)), Heard()
    scene = bench.kept(f"{NAME} {scale}", lambda: furnished(bench, min(EACH, -(-wanted // 9))))
    number = 0
    while heard.permutations < wanted:
        tell_all(bench, scene, heard, seed + number)
        number += 1
        bench.say(f"{heard.permutations} permutations, {heard.told} reports")
    title = f"{heard.permutations} permutations of {len(STORIES)} stories, {heard.told} reports: "

    def row(figure: str, wanted: object, measured: object) -> Row:
        return bench.row(NAME, seed, title + figure, wanted=wanted, measured=measured, since=begun)

    ends = sorted({len(found) for found in heard.ends.values()})
    for name, found in heard.differing.items():
        bench.say(f"{name} ended differently: " + " | ".join(found))
    return [
        row("end states a story (ledgers, host and provider in them)", [1], ends),
        row("reports that were not taken", {}, dict(heard.refused)),
        row("effects still owed", [], heard.owed),
        row("deadlocks", 0, heard.deadlocks),
        row("audit", "clean", "; ".join(heard.violations)[:300] or "clean"),
    ]


def control(bench: Bench, *, scale: float, seed: int) -> Row:
    """Where nothing remembers what was heard and counted, the ends of a story differ."""
    begun = time.monotonic()
    scene = bench.kept(f"{NAME} {scale}", lambda: furnished(bench, min(EACH, 2)))
    heard = Heard()
    tell_all(bench, scene, heard, seed, unguarded=True, only=CONTROL)
    differing = len(heard.differing)
    return bench.row(
        NAME, seed, "control: stories with several ends, without memory of events and movements",
        wanted="≥ 1", measured=differing, ok=differing >= 1, since=begun,
    )  # fmt: skip


# the scene ----------------------------------------------------------------------------------------


def furnished(bench: Bench, each: int) -> Scene:
    """So many commissions of each story, about to be paid."""
    database, provider = bench.database(), bench.provider()
    place = bench.place(database, provider=provider.url, bespoke=commissions.SETTINGS)
    try:
        begun = bench.call(place, stories.begin_all, each)
        memory = bench.folder / f"{NAME}-{each}.json"
        provider.save(memory)
    finally:
        provider.stop()
    return Scene(database, memory, begun)


@contextmanager
def _copied(bench: Bench, scene: Scene, seed: int, hooks: tuple[str, ...]) -> Iterator[Any]:
    database = bench.database(scene.database)
    memory = bench.folder / f"{NAME}-round-{seed}.json"
    memory.write_bytes(scene.memory.read_bytes())
    provider = bench.provider(state=memory)
    place = bench.place(database, provider=provider.url, bespoke=commissions.SETTINGS, hooks=hooks)
    desks: list[Desk] = []
    try:
        if hooks:
            bench.execute(database, *UNGUARD)
        web = bench.web(place, threads=8)
        desks += [Desk(place) for _ in range(DRIVERS + SWEEPERS)]
        yield place, provider, web.url, desks
        web.child.kill()
    finally:
        for desk in desks:
            desk.kill()
        provider.stop()
        memory.unlink()
        bench.drop(database)


def tell_all(
    bench: Bench,
    scene: Scene,
    heard: Heard,
    seed: int,
    *,
    unguarded: bool = False,
    only: int | None = None,
) -> None:
    """Tell the stories of all commissions of one copy, several at a time."""
    hooks = (WITHOUT_MEMORY,) if unguarded else ()
    told = deepcopy(random.Random(seed).sample(scene.begun, only or len(scene.begun)))
    if unguarded:
        told = sorted(told, key=lambda one: one.story)
    with _copied(bench, scene, seed, hooks) as (place, provider, url, desks):
        sweepers, news = Sweepers(desks[:SWEEPERS]), News(provider)
        queue = list(enumerate(told))
        failures: list[BaseException] = []

        def drive(desk: Desk) -> None:
            try:
                while queue and not failures:
                    number, one = queue.pop()
                    teller = Teller(
                        provider, url, desk, sweepers, news, random.Random(seed * 997 + number)
                    )
                    teller.tell(one, STORIES[one.story])
                    heard.told += teller.sent
                    heard.refused += teller.refused
            except BaseException as problem:  # noqa: BLE001  # handed to the one who waits
                failures.append(problem)

        drivers = [threading.Thread(target=drive, args=(desk,)) for desk in desks[SWEEPERS:]]
        for thread in drivers:
            thread.start()
        for thread in drivers:
            thread.join()
        if failures:
            raise failures[0]
        _judge(bench, place, provider, told, heard, audited=not unguarded)


def _judge(
    bench: Bench,
    place: Place,
    provider: Provider,
    told: list[Begun],
    heard: Heard,
    *,
    audited: bool,
) -> None:
    heard.owed += bench.call(place, commissions.settle)
    found = bench.call(place, commissions.endings, provider.url, [one.project for one in told])
    for one in told:
        heard.ends[one.story][json.dumps(found[one.project], sort_keys=True, default=str)] += 1
    if audited:
        heard.violations += bench.audit(place.database)
        heard.deadlocks += bench.deadlocks(place.database)


class Sweepers:
    """The worker's processes: each does one task at a time, whoever asks."""

    def __init__(self, desks: list[Desk]) -> None:
        self._desks = [(desk, threading.Lock()) for desk in desks]

    def sweep(self, chance: random.Random) -> None:
        """One task, in one of them."""
        desk, lock = chance.choice(self._desks)
        with lock:
            desk.ask(commissions.sweep, chance.choice(commissions.SWEEPS[:3]))


class News:
    """What the provider could report, by the payment it is about; each event is fetched once."""

    def __init__(self, provider: Provider) -> None:
        self._url, self._lock = f"{provider.url}/v1/events", threading.Lock()
        self._last = ""
        self._about: dict[str, list[Any]] = defaultdict(list)
        self._take(provider.all("events"))

    def of(self, references: list[str]) -> list[Any]:
        """All events about these payments so far."""
        with self._lock:
            while page := self._newer():
                self._take(page)
            return [event for reference in references for event in self._about[reference]]

    def _newer(self) -> list[Any]:
        query = {"limit": "100", "ending_before": self._last}
        answer = requests.get(self._url, query, auth=(KEYS["api_key"], ""), timeout=60)
        return list(answer.json()["data"])

    def _take(self, newest_first: list[Any]) -> None:
        for event in reversed(newest_first):
            about = event["data"]["object"]
            self._about[about.get("payment_intent") or about["id"]].append(event)
        self._last = newest_first[0]["id"]


# one story ----------------------------------------------------------------------------------------


class Teller:
    """Lets a story happen, and its news arrive in an order of its own."""

    def __init__(
        self,
        provider: Provider,
        url: str,
        desk: Desk,
        sweepers: Sweepers,
        news: News,
        chance: random.Random,
    ) -> None:
        self._provider, self._url, self._desk = provider, url, desk
        self._sweepers, self._news, self._chance = sweepers, news, chance
        self._session = requests.Session()
        self.sent, self.refused = 0, Counter[int]()

    def tell(self, one: Begun, story: Story) -> None:
        """Chapter after chapter; between them any of the news so far may have come or not."""
        known: dict[str, Any] = {}
        due: list[Any] = []
        for number, chapter in enumerate(story.chapters):
            chapter(self._desk, self._provider, one)
            for event in self._news.of(one.references):
                if event["id"] not in known:
                    known[event["id"]] = event
                    due += [event] * self._chance.randint(1, 5)
            last = number == len(story.chapters) - 1
            self._mingle(one, due, whole=last, browser=number == 0)
            if not last:
                self._await(one, story.awaited[number])

    def _mingle(self, one: Begun, due: list[Any], *, whole: bool, browser: bool) -> None:
        """Deliver what is due, or a part of it, between browser's calls and sweeps."""
        self._chance.shuffle(due)
        news = due if whole else due[: self._chance.randint(0, len(due))]
        acts: list[Callable[[], Any]] = [lambda event=event: self._send(event) for event in news]
        del due[: len(news)]
        acts += [lambda: self._sweepers.sweep(self._chance)] * self._chance.randint(1, 3)
        self._chance.shuffle(acts)
        calls = [self._process, self._complete] * self._chance.randint(1, 2) if browser else []
        for call in calls:  # in the browser's own order, between whatever else
            acts.insert(self._chance.randint(0, len(acts)), lambda call=call: call(one))
        for act in acts:
            act()

    def _await(self, one: Begun, stage: str) -> None:
        """The next chapter needs that stage: the browser and the sweeps go on until it is there."""
        for _ in range(20):
            if self._desk.ask(stories.stage_of, one.project) == stage:
                return
            self._process(one)
            self._complete(one)
            self._sweepers.sweep(self._chance)
        raise TimeoutError(f"{one.story}: {one.project} never came to {stage}")

    def _send(self, event: Any) -> None:
        payload = json.dumps(event).encode()
        signature = signature_header([KEYS["webhook_secret"]], payload, int(time.time()))
        status = self.deliver(payload, signature)
        self.sent += 1
        if status != 200:
            self.refused[status] += 1

    def deliver(self, payload: bytes, signature: str) -> int:
        """Bring a signed report to the shop's door; the status it answers."""
        headers = {"Stripe-Signature": signature}
        url = self._url + WEBHOOK_PATH
        return self._session.post(url, payload, headers=headers, timeout=60).status_code

    def call(self, query: str, pk: str) -> None:
        """One call of the browser to the shop's endpoint."""
        body = {"query": query, "variables": {"id": pk}}
        self._session.post(f"{self._url}/graphql/", json=body, timeout=60).raise_for_status()

    def _process(self, one: Begun) -> None:
        self.call(BROWSER.format("transactionProcess"), one.transaction)

    def _complete(self, one: Begun) -> None:
        self.call(BROWSER.format("checkoutComplete"), one.checkout)
