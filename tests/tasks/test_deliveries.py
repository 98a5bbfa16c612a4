"""Effects are claimed, done and marked: at least once each, under one key, by one at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from saleor_bespoke import clock
from saleor_bespoke.project import deliveries, journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.deliveries import ATTEMPTS_MAX, LEASE, RetryLater
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.services import ProjectClosed
from tests.fixtures import make_project
from tests.support import race

Act = Callable[[Delivery], None]
CLOSED = ProjectClosed.__name__


@pytest.fixture
def ahead() -> Iterator[list[timedelta]]:
    """How far the shop's clock is ahead: set its one item."""
    by = [timedelta()]
    clock.use_offset(lambda: by[0])
    yield by
    clock.use_offset(timedelta)


@pytest.fixture
def owe(monkeypatch: pytest.MonkeyPatch) -> Callable[..., BespokeProject]:
    """Let this function be what a closed commission owes, and close some."""

    def register(act: Act, times: int = 1) -> BespokeProject:
        monkeypatch.setitem(journal.SUBSCRIPTIONS, CLOSED, ["probe"])
        monkeypatch.setitem(deliveries.HANDLERS, "probe", act)
        project, _ = make_project()
        Delivery.objects.all().delete()
        for _ in range(times):
            journal.record(project, ProjectClosed(), actor=SYSTEM)
        return project

    return register


def session_end() -> None:
    """End this thread's session and wait until PostgreSQL has noticed, as it does at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    connection.close()
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid])
            if cursor.fetchone() is None:
                return
            time.sleep(0.02)
    raise AssertionError("The session does not end.")


def owed() -> Delivery:
    return Delivery.objects.get(handler="probe")


@pytest.mark.django_db
def test_an_effect_is_done_once_and_marked(owe: Any) -> None:
    done: list[Any] = []
    owe(lambda delivery: done.append(delivery.pk))

    assert deliveries.drain() == 1
    assert deliveries.drain() == 0

    assert done == [owed().pk]
    assert owed().done_at is not None
    assert (owed().attempts, owed().leased_until, owed().error) == (1, None, "")


@pytest.mark.django_db
def test_an_event_owes_each_effect_once(owe: Any) -> None:
    """The key of an effect is its row's: the same event cannot owe it twice."""
    from django.db import IntegrityError, transaction

    owe(lambda delivery: None)
    first = owed()
    with pytest.raises(IntegrityError, match="bespoke_delivery_once"), transaction.atomic():
        Delivery.objects.create(event=first.event, handler="probe", due_at=clock.now())


@pytest.mark.django_db
def test_who_dies_in_the_middle_is_followed_when_the_lease_is_over(
    owe: Any, ahead: list[timedelta]
) -> None:
    """At least once: what was claimed and not marked is claimed again, with the same key."""
    done: list[Any] = []
    owe(lambda delivery: done.append(delivery.pk))

    claimed = deliveries.claim()  # the process that did this is gone
    assert claimed is not None
    assert deliveries.drain() == 0
    ahead[0] = LEASE - timedelta(seconds=2)
    assert deliveries.drain() == 0

    ahead[0] = LEASE + timedelta(seconds=2)
    assert deliveries.drain() == 1
    assert done == [claimed.pk]
    assert owed().attempts == 2


@pytest.mark.django_db(transaction=True)
def test_the_lease_ends_with_the_session_that_took_it(owe: Any) -> None:
    """Nobody waits two minutes for a process that is dead: its session died with it."""
    done: list[Any] = []
    owe(lambda delivery: done.append(delivery.pk))
    claimed, over = threading.Event(), threading.Event()

    def die_in_the_middle() -> None:
        deliveries.claim()
        claimed.set()
        over.wait(30)
        session_end()
        connection.close()

    other = threading.Thread(target=die_in_the_middle)
    other.start()
    assert claimed.wait(30)
    assert deliveries.drain() == 0, "the one who claimed it lives"
    over.set()
    other.join()

    assert deliveries.drain() == 1
    assert done == [owed().pk]
    assert (owed().attempts, owed().leased_by) == (2, None)


@pytest.mark.django_db(transaction=True)
def test_what_ends_every_process_is_given_up_and_shown_to_staff(owe: Any) -> None:
    """An effect that takes its process along comes back at once, but not for ever."""
    calls: list[int] = []
    project = owe(lambda delivery: calls.append(delivery.attempts))
    for _ in range(ATTEMPTS_MAX):
        assert deliveries.claim() is not None
        session_end()  # and with it the process

    assert deliveries.drain() == 0
    assert calls == []
    assert owed().given_up_at is not None
    assert project.attentions.get(resolved_at=None).reason == "DELIVERY_FAILED"


@pytest.mark.django_db
def test_a_failure_is_kept_and_tried_again_later_and_later(
    owe: Any, ahead: list[timedelta]
) -> None:
    def fail(_: Delivery) -> None:
        raise ValueError("The letter box is full.")

    owe(fail)
    waits = []
    for _ in range(4):
        assert deliveries.drain() == 0
        row = owed()
        assert row.error == "ValueError: The letter box is full."
        assert (row.done_at, row.leased_until) == (None, None)
        waits.append(round((row.due_at - clock.now()).total_seconds()))
        assert deliveries.claim() is None
        ahead[0] += row.due_at - clock.now() + timedelta(seconds=1)

    assert waits == [2, 4, 8, 16]
    assert owed().attempts == 4


@pytest.mark.django_db
def test_a_failure_after_deaths_waits_as_a_first_one(owe: Any) -> None:
    def fail(_: Delivery) -> None:
        raise ValueError("The letter box is full.")

    owe(fail)
    Delivery.objects.update(attempts=ATTEMPTS_MAX - 2)
    assert deliveries.drain() == 0
    assert round((owed().due_at - clock.now()).total_seconds()) == 2


@pytest.mark.django_db
def test_a_failure_that_heals_leaves_no_trace(owe: Any, ahead: list[timedelta]) -> None:
    answers = iter([ValueError("Not now."), None])

    def heal(_: Delivery) -> None:
        problem = next(answers)
        if problem:
            raise problem

    project = owe(heal)
    assert deliveries.drain() == 0
    ahead[0] = timedelta(seconds=5)
    assert deliveries.drain() == 1
    assert (owed().error, owed().attempts) == ("", 2)
    assert not project.attentions.exists()


@pytest.mark.django_db
def test_what_never_works_is_given_up_and_shown_to_staff(owe: Any, ahead: list[timedelta]) -> None:
    calls = []

    def fail(delivery: Delivery) -> None:
        calls.append(delivery.attempts)
        raise ValueError("No such letter box.")

    project = owe(fail)
    for _ in range(ATTEMPTS_MAX + 3):
        deliveries.drain()
        ahead[0] += timedelta(hours=2)

    assert calls == list(range(1, ATTEMPTS_MAX + 1))
    assert owed().given_up_at is not None
    assert owed().done_at is None
    reason = project.attentions.get(resolved_at=None)
    assert reason.reason == "DELIVERY_FAILED"
    assert "probe failed" in reason.detail


@pytest.mark.django_db
def test_one_that_fails_does_not_keep_the_others(owe: Any) -> None:
    done: list[int] = []

    def first_fails(delivery: Delivery) -> None:
        if delivery.event.sequence == 2:
            raise ValueError("Only me.")
        done.append(delivery.event.sequence)

    owe(first_fails, times=4)
    assert deliveries.drain() == 3
    assert sorted(done) == [3, 4, 5]


@pytest.mark.django_db
def test_what_cannot_be_done_yet_waits_without_counting(owe: Any, ahead: list[timedelta]) -> None:
    """An asynchronous effect may be pending for as long as it takes: no fault, no limit."""
    asked = []

    def pending(delivery: Delivery) -> None:
        asked.append(delivery.pk)
        if len(asked) <= 2 * ATTEMPTS_MAX:
            raise RetryLater(30)

    project = owe(pending)
    for _ in range(2 * ATTEMPTS_MAX):
        assert deliveries.drain() == 0
        assert (owed().attempts, owed().error) == (0, "")
        assert deliveries.claim() is None
        ahead[0] += timedelta(seconds=31)
    assert deliveries.drain() == 1
    assert not project.attentions.exists()


@pytest.mark.django_db
def test_nothing_is_due_before_its_time(owe: Any, ahead: list[timedelta]) -> None:
    owe(lambda delivery: None)
    Delivery.objects.update(due_at=clock.now() + timedelta(minutes=5))
    assert deliveries.drain() == 0
    ahead[0] = timedelta(minutes=6)
    assert deliveries.drain() == 1


@pytest.mark.django_db
def test_money_goes_before_letters(owe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many letters were owed before it, nobody waits for money because of them."""
    done: list[str] = []
    monkeypatch.setitem(deliveries.HANDLERS, "money", lambda delivery: done.append("money"))
    monkeypatch.setattr(deliveries, "FIRST", {"money"})
    owe(lambda delivery: done.append("letter"), times=3)
    last = Delivery.objects.order_by("due_at").last()
    assert last is not None
    Delivery.objects.create(event=last.event, handler="money", due_at=clock.now())

    assert deliveries.drain() == 4

    assert done == ["money", "letter", "letter", "letter"]


def test_every_effect_that_moves_money_comes_first() -> None:
    assert sorted(deliveries.FIRST) == ["money_send_back", "refund_send", "transfer_carry_out"]


@pytest.mark.django_db
def test_an_effect_runs_in_no_transaction_of_the_claim(
    owe: Any, django_assert_num_queries: Any
) -> None:
    """Claim, commit, act, mark: the claim and the mark are one statement each."""
    owe(lambda delivery: None)
    with django_assert_num_queries(2):  # then the row with what it tells of
        claimed = deliveries.claim()
    assert claimed is not None
    with django_assert_num_queries(1):
        assert deliveries.run(claimed)


@pytest.mark.django_db(transaction=True)
def test_two_who_drain_at_once_share_the_work(owe: Any) -> None:
    """Each is done by one of them; while one is busy the other goes on with the next."""
    done: list[Any] = []
    guard, both = threading.Lock(), threading.Barrier(2, timeout=30)

    def act(delivery: Delivery) -> None:
        with guard:
            done.append((threading.get_ident(), delivery.pk))
        if delivery.event.sequence <= 3:
            both.wait()  # passes only if both hold one of the first two at the same time

    owe(act, times=12)

    assert sum(race(deliveries.drain, deliveries.drain)) == 12
    assert sorted(pk for _, pk in done) == sorted(Delivery.objects.values_list("pk", flat=True))
    assert len({who for who, _ in done}) == 2
    assert not Delivery.objects.filter(done_at=None).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("lease", "times"), [(LEASE, 1), (timedelta(seconds=-1), 2)])
def test_the_lease_keeps_others_away_meanwhile(
    owe: Any, monkeypatch: pytest.MonkeyPatch, lease: timedelta, times: int
) -> None:
    """The control is a lease that is over at once: then another does the same effect beside us."""
    monkeypatch.setattr(deliveries, "LEASE", lease)
    done: list[Any] = []

    def act(delivery: Delivery) -> None:
        done.append(delivery.pk)
        if len(done) == 1:
            deliveries.drain()  # another process, while this one is in the middle

    owe(act)
    deliveries.drain()
    assert len(done) == times
