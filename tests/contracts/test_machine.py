"""Two commissions that compete for one stone, walked at random through services and flows.

After every step all invariants are asked of the tables; a step that is refused changes nothing.
`BESPOKE_MACHINE_EXAMPLES` asks for more walks than the usual ones, and for new ones each time.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows import acceptance, cancelling, changes, making, quote_withdrawal, revision
from saleor_bespoke.flows import aftercare as aftercare_flow
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.stages import COMMANDS, Stage
from saleor_bespoke.shop.embedded import orders
from saleor_bespoke.shop.embedded.models import Order
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from saleor_bespoke.steps.aftercare import services as aftercare
from saleor_bespoke.steps.cad import services as cad
from saleor_bespoke.steps.intake.services import BriefDraft, information_request
from saleor_bespoke.steps.production import services as production
from saleor_bespoke.steps.quoting import services as quoting
from tests.contracts.conftest import QUICK
from tests.contracts.invariants import Memory, broken, forged_events
from tests.contracts.walking import WAYS, Clock, Walk, sweeps
from tests.fixtures import (
    make_commission,
    make_customer,
    make_draft,
    make_metal,
    make_staff,
    make_stone,
    ring_specification,
)
from tests.support import Picture, changed

EXAMPLES = os.environ.get("BESPOKE_MACHINE_EXAMPLES")
STARTS = [stage for stage in Stage if stage not in (Stage.CLOSED, Stage.CANCELLED)]
NAMES = st.sampled_from(("a", "b"))
REASONS = st.sampled_from(sorted(cancelling.REASONS))

#: What staff may propose instead of the agreed ring.
OTHER_RINGS: tuple[dict[str, Any], ...] = (
    {"alloy": "platinum_950_ru"},
    {"alloy": "gold_18k_yellow"},
    {"ringSize": {"system": "us", "label": "7"}},
)


def possible(command: str) -> Callable[[Any], Any]:
    """Only while one of the commissions stands where the table opens this command."""
    return precondition(lambda self: any(map(COMMANDS[command].stages.__contains__, self.stages())))


class Commissions(RuleBasedStateMachine):
    """Customers, staff, provider, host and time, each doing something possible or impossible."""

    provider: ClassVar[FakeStripe]
    #: What all walks of this process came to: `audits` of what was not just audited as it stands,
    #: steps `refused`; and how many walks had how many steps.
    taken: ClassVar[Counter[str]] = Counter()
    lengths: ClassVar[Counter[int]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.steps = -1  # it is looked before the first one, too
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.clock = Clock()
        self.memory = Memory()
        self.picture = Picture()
        self.sound_at: tuple[dict[str, str], timedelta] | None = None
        self.furnish()

    def furnish(self) -> None:
        """Two commissions at their beginning, and what both may want."""
        self.staff = make_staff("machine@example.com")
        shared = {"stone": make_stone(self.staff, "THE-STONE"), "gold": make_metal(self.staff)}
        self.spare = make_stone(self.staff, "SPARE")
        self.walks: dict[str, Walk] = {}
        for name in ("a", "b"):
            owner = make_customer(f"{name}@example.com")
            project, _ = make_commission(owner, budget_stretch=Decimal(20000))
            self.walks[name] = Walk(project.pk, owner, self.staff, self.provider, dict(shared))

    def teardown(self) -> None:
        """Two months later nothing may be left in the air; then it has all not happened."""
        self.lengths[self.steps] += 1
        try:
            self.settle()
            self._two_months_later()
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.outer.__exit__(None, None, None)

    def _two_months_later(self) -> None:
        for _ in range(2):
            deliveries.drain()
            self.clock.on(24 * 30)
            for sweep in sweeps():
                sweep()
        deliveries.drain()
        self.judge()
        assert forged_events() == []
        assert stuck() == []
        assert broken(now=clock.now()) == {}

    def stages(self) -> list[str]:
        """Where the two commissions stand."""
        return [walk.stage for walk in self.walks.values()]

    def walk(self, name: str, command: str) -> Walk:
        """The named commission; the other one if only that can do this now."""
        named, other = (self.walks[key] for key in sorted(self.walks, key=lambda key: key != name))
        able = COMMANDS[command].stages
        return other if named.stage not in able and other.stage in able else named

    # how a step is taken ------------------------------------------------------------------------

    def one(self, step: Callable[[], Any]) -> None:
        """One request: done, or refused and nothing changed."""
        before = self.picture.now()
        refusal = None
        try:
            step()
        except BespokeError as error:
            refusal = error
        self.taken["refused"] += refusal is not None
        assert refusal is None or changed(before, self.picture.now()) == [], refusal
        self.settle()

    def many(self, step: Callable[[], Any]) -> None:
        """Several requests one after the other, until one is refused."""
        with suppress(BespokeError, HostRefusal):
            step()
        self.settle()

    def settle(self) -> None:
        """What the database would say at commit; then look where everybody stands."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;"
                " SELECT id, stage FROM saleor_bespoke_bespokeproject"
            )
            while cursor.nextset():
                pass
            stages = dict(cursor.fetchall())
        for walk in self.walks.values():
            walk.stage = stages[walk.pk]

    @invariant()
    def sound(self) -> None:
        """All that must hold at any moment."""
        self.steps += 1
        self.judge()

    def judge(self) -> None:
        """Ask every rule, and whether what was told stands as it was.

        The answer is a function of the rows and of the clock: what both stood at when it was asked
        last needs no second answer.
        """
        stands = self.picture.now(), clock.ahead()
        if stands == self.sound_at:
            return
        self.taken["audits"] += 1
        assert broken() == {}
        assert self.memory.changed() == []
        self.sound_at = stands

    @initialize(
        a=st.sampled_from([*STARTS, *STARTS[3:], Stage.DESIGN]), b=st.sampled_from(STARTS[:3])
    )
    def begin(self, a: Stage, b: Stage) -> None:
        """The first is somewhere on its way, the second wants the same stone, or has another."""
        self.walks["a"].until(a)
        if a not in STARTS[:3]:
            self.walks["b"].materials["stone"] = self.spare
        elif a is Stage.CHECKOUT:
            b = min(b, Stage.QUOTED, key=STARTS.index)
        self.many(lambda: self.walks["b"].until(b))

    # forward ------------------------------------------------------------------------------------

    @rule(name=NAMES, steps=st.integers(1, 4))
    def forward(self, name: str, steps: int) -> None:
        for _ in range(steps):
            self.many(self.walks[name].forward)

    @rule(name=NAMES, steps=st.integers(5, 12))
    def forward_far(self, name: str, steps: int) -> None:
        for _ in range(steps):
            self.many(self.walks[name].forward)

    @rule(name=NAMES)
    def deliver_effects(self, name: str) -> None:
        deliveries.drain()
        before = self.picture.now()
        assert deliveries.drain() == 0
        assert changed(before, self.picture.now()) == []

    @rule(hours=st.sampled_from((0.5, 1.5, 26, 24 * 8, 24 * 35)))
    def time_passes(self, hours: float) -> None:
        self.clock.on(hours)

    @rule()
    def sweep(self) -> None:
        before = self.picture.now(), self._at_the_provider()
        for each in sweeps():
            each()
        self.settle()
        once = self.picture.now()
        if (once, self._at_the_provider()) == before:
            return  # there was nothing to do, and there would be nothing again
        for each in sweeps():
            each()
        assert changed(once, self.picture.now()) == [], "a sweep twice is a sweep once"

    def _at_the_provider(self) -> int:
        """How often anything has happened at the provider."""
        return len(self.provider.state.table("event"))

    @rule(name=NAMES)
    def told_again(self, name: str) -> None:
        """The host and the provider repeat themselves."""
        deliveries.drain()
        before = self.picture.now()
        for again in self.walks[name].told:
            again()
        assert changed(before, self.picture.now()) == []

    # offers and money ---------------------------------------------------------------------------

    @possible("brief_revise")
    @rule(name=NAMES, stretch=st.sampled_from((9000, 20000)))
    def brief_revise(self, name: str, stretch: int) -> None:
        walk = self.walk(name, "brief_revise")
        draft = BriefDraft(
            specification=ring_specification(),
            budget_min=Decimal(5000),
            budget_stretch=Decimal(stretch),
            destination_country="US",
        )
        self.one(lambda: revision.brief_revise(actor=walk.owner, project_pk=walk.pk, draft=draft))

    @possible("information_request")
    @rule(name=NAMES)
    def information_request(self, name: str) -> None:
        walk = self.walk(name, "information_request")
        self.one(
            lambda: information_request(actor=self.staff, project_pk=walk.pk, question="Which?")
        )

    @possible("quote_draft")
    @rule(name=NAMES, spare=st.booleans())
    def quote_anew(self, name: str, spare: bool) -> None:
        """Staff draft and send another offer, perhaps with the other stone."""
        walk = self.walk(name, "quote_draft")
        if spare:
            walk.materials["stone"] = self.spare
        self.one(lambda: make_draft(walk.project, self.staff, **walk.materials))
        draft = walk.project.quotes.filter(status="DRAFT").first()
        if draft:
            self.one(lambda: quoting.quote_send(actor=self.staff, quote_pk=draft.pk))

    @possible("quote_withdraw")
    @rule(name=NAMES, how=st.sampled_from(("decline", "counter", "withdraw")))
    def quote_end(self, name: str, how: str) -> None:
        walk = self.walk(name, "quote_withdraw")
        quote = walk.project.quotes.latest("version") if walk.project.quotes.exists() else None
        if quote is None:
            return
        values = {"quote_pk": quote.pk, "reason": "Another time."}
        self.one(
            {
                "decline": lambda: quoting.quote_decline(actor=walk.owner, **values),
                "counter": lambda: quoting.quote_counter(actor=walk.owner, **values),
                "withdraw": lambda: quote_withdrawal.quote_withdraw(actor=self.staff, **values),
            }[how]
        )

    @possible("quote_accept")
    @rule(name=NAMES, index=st.integers(0, 3))
    def quote_accept(self, name: str, index: int) -> None:
        """Any quote there ever was is accepted, whatever became of it."""
        walk = self.walk(name, "quote_accept")
        quote = _pick(walk.project.quotes.order_by("version"), index)
        if quote is None:
            return
        self.one(
            lambda: acceptance.quote_accept(
                actor=walk.owner,
                quote_pk=quote.pk,
                alternative_pk=quote.alternatives.earliest("position").pk,
                terms_version=quote.terms_version,
            )
        )

    @rule(name=NAMES, way=st.sampled_from(sorted(WAYS)), index=st.integers(0, 3))
    def pay(self, name: str, way: str, index: int) -> None:
        """An open sum, or any there ever was, is paid in any of the ways of the world."""
        walk = self.walks[name]
        sums = walk.project.payables.order_by("created_at")
        payable = _pick(sums.filter(status="OPEN"), index) or _pick(sums, index)
        if payable is not None:
            self.many(lambda: walk.pay(payable, way))

    @possible("extra_service_price")
    @rule(name=NAMES)
    def extra_service(self, name: str) -> None:
        walk = self.walk(name, "extra_service_price")
        self.one(
            lambda: aftercare.extra_service_price(
                actor=self.staff, project_pk=walk.pk, title="A box", amount=Decimal(40)
            )
        )

    @possible("project_cancel")
    @rule(name=NAMES, by_staff=st.booleans(), reason=REASONS, shown=st.booleans())
    def cancel(self, name: str, by_staff: bool, reason: str, shown: bool) -> None:
        walk = self.walk(name, "project_cancel")
        terms = cancelling.terms_of(walk.project, walk.project.payables.all(), reason=reason)
        expected = terms.refund if shown else terms.refund + 1
        self.one(
            lambda: project_leave(
                actor=self.staff if by_staff else walk.owner,
                project_pk=walk.pk,
                reason=reason,
                expected_refund=expected,
            )
        )

    # design -------------------------------------------------------------------------------------

    @possible("cad_tweak_request")
    @rule(name=NAMES)
    def tweak(self, name: str) -> None:
        walk = self.walk(name, "cad_tweak_request")
        self.many(walk.shown)
        found = walk.project.revisions.order_by("number").last()
        if found:
            self.one(
                lambda: cad.cad_tweak_request(
                    actor=walk.owner, revision_pk=found.pk, request="A little thinner"
                )
            )

    @possible("cad_tweak_buy")
    @rule(name=NAMES)
    def tweak_buy(self, name: str) -> None:
        walk = self.walk(name, "cad_tweak_buy")
        self.one(lambda: changes.cad_tweak_buy(actor=walk.owner, project_pk=walk.pk))

    @possible("change_order_propose")
    @rule(
        name=NAMES,
        ring=st.sampled_from(OTHER_RINGS),
        price=st.sampled_from((-300, 0, 450)),
        spare=st.booleans(),
        decided=st.sampled_from(("accept", "accept", "decline", "withdraw", "")),
    )
    def change_propose(
        self, name: str, ring: dict[str, Any], price: int, spare: bool, decided: str
    ) -> None:
        """Another metal or size, dearer or cheaper; perhaps the stone is exchanged with it."""
        walk = self.walk(name, "change_order_propose")
        locked = walk.project.holdings.filter(state="LOCKED", exclusive=True).first()
        other = self.spare if locked and locked.material_id != self.spare.pk else None
        swap = spare and other is not None
        self.one(
            lambda: cad.change_order_propose(
                actor=self.staff,
                project_pk=walk.pk,
                specification=ring_specification(**ring).to_json(),
                reason="As discussed.",
                price_difference=Decimal(price),
                business_days=2,
                materials={other.pk: Decimal(1)} if swap and other else {},
                releases=[locked.material_id] if swap else [],
            )
        )
        if decided:
            self._change_decide(walk, decided)

    @possible("change_order_accept")
    @rule(name=NAMES, how=st.sampled_from(("accept", "decline", "withdraw")))
    def change_decide(self, name: str, how: str) -> None:
        self._change_decide(self.walk(name, "change_order_accept"), how)

    def _change_decide(self, walk: Walk, how: str) -> None:
        """The last change there was, open or not."""
        change = walk.project.change_orders.order_by("number").last()
        if change is None:
            return
        who = self.staff if how == "withdraw" else walk.owner
        decide = getattr(changes, f"change_order_{how}")
        self.one(lambda: decide(actor=who, change_order_pk=change.pk))

    # bench and after ----------------------------------------------------------------------------

    @possible("production_start")
    @rule(name=NAMES)
    def start_making(self, name: str) -> None:
        walk = self.walk(name, "production_start")
        self.one(lambda: production.production_start(actor=self.staff, project_pk=walk.pk))

    @possible("production_step_send_back")
    @rule(name=NAMES, index=st.integers(0, 4))
    def send_back(self, name: str, index: int) -> None:
        walk = self.walk(name, "production_step_send_back")
        step = _pick(walk.project.work_steps.order_by("position", "attempt"), index)
        if step:
            self.one(
                lambda: production.production_step_send_back(
                    actor=self.staff, step_pk=step.pk, reason="Not good enough."
                )
            )

    @possible("quality_fail")
    @rule(name=NAMES)
    def check_fails(self, name: str) -> None:
        walk = self.walk(name, "quality_fail")
        check = walk.project.checks.order_by("number").last()
        if check:
            self.one(
                lambda: making.quality_fail(
                    actor=self.staff, check_pk=check.pk, reason="A scratch", redo_from="POLISHING"
                )
            )

    @rule(name=NAMES)
    def host_fulfils(self, name: str) -> None:
        """Staff record a parcel in the host itself, whenever they like."""
        order = self._order(name)
        if order:
            self.many(lambda: orders.order_fulfill(order, quantity=1, tracking_number="H-1"))

    @rule(name=NAMES)
    def host_takes_the_parcel_back(self, name: str) -> None:
        order = self._order(name)
        parcel = order.fulfillments.exclude(status="CANCELED").first() if order else None
        if parcel:
            self.many(lambda: orders.fulfillment_cancel(parcel))

    def _order(self, name: str) -> Order | None:
        paid = self.walks[name].project.payables.filter(kind="QUOTE", status="PAID").first()
        return Order.objects.get(pk=paid.order_id) if paid else None

    @possible("resize_request")
    @rule(name=NAMES, label=st.sampled_from(("6", "6.5", "9")))
    def resize_request(self, name: str, label: str) -> None:
        walk = self.walk(name, "resize_request")
        self.one(
            lambda: aftercare.resize_request(
                actor=walk.owner, project_pk=walk.pk, system="us", label=label
            )
        )

    @possible("resize_grant")
    @rule(name=NAMES, how=st.sampled_from(("grant", "price", "refuse")))
    def resize_decide(self, name: str, how: str) -> None:
        walk = self.walk(name, "resize_grant")
        case = walk.project.resizes.order_by("requested_at").last()
        if case is None:
            return
        who: dict[str, Any] = {"actor": self.staff, "resize_pk": case.pk}
        self.one(
            {
                "grant": lambda: aftercare.resize_grant(**who),
                "price": lambda: aftercare.resize_price(**who),
                "refuse": lambda: aftercare_flow.resize_refuse(**who, reason="It cannot be."),
            }[how]
        )

    @possible("claim_open")
    @rule(
        name=NAMES,
        remedy=st.sampled_from(("REPAIR", "REDO", "REFUND", "")),
        share=st.integers(1, 3),
    )
    def claim(self, name: str, remedy: str, share: int) -> None:
        """A size claim, decided at once; a refund of a part of what was paid, or of too much."""
        walk = self.walk(name, "claim_open")
        self.one(
            lambda: aftercare.claim_open(
                actor=walk.owner, project_pk=walk.pk, kind="SIZE", text="It does not fit."
            )
        )
        claim = walk.project.claims.filter(status="OPEN").first()
        if claim is None:
            return
        self.one(
            lambda: aftercare_flow.claim_decide(
                actor=self.staff,
                claim_pk=claim.pk,
                accepted=bool(remedy),
                explanation="Measured again.",
                remedy=remedy,
                refund_amount=Decimal(3000 * share) if remedy == "REFUND" else None,
                measured_size_mm=Decimal(56),
            )
        )

    @possible("project_close")
    @rule(name=NAMES)
    def close(self, name: str) -> None:
        self.one(self.walk(name, "project_close").close)


def _pick(rows: Any, index: int) -> Any:
    """One of these rows, the last ones first."""
    found = list(rows)
    return found[-1 - index % len(found)] if found else None


def stuck() -> list[Any]:
    """Money that was taken and belongs to nothing, and offers that outlived their day unseen."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT 'money', t.id::text FROM bespoke_embedded_transactionitem t
            WHERE t.charged > 0 AND NOT EXISTS (
                SELECT 1 FROM saleor_bespoke_payable p
                WHERE p.order_id = t.order_id::text AND p.status = 'PAID')
              AND NOT EXISTS (
                SELECT 1 FROM saleor_bespoke_attempt a
                JOIN saleor_bespoke_payable p ON p.id = a.payable_id
                JOIN saleor_bespoke_attention n ON n.project_id = p.project_id
                WHERE a.checkout_id = t.checkout_id::text AND n.resolved_at IS NULL)
            UNION ALL
            SELECT 'offer', p.id::text FROM saleor_bespoke_payable p
            WHERE p.status = 'OPEN' AND p.valid_until < %s AND NOT EXISTS (
                SELECT 1 FROM saleor_bespoke_attention n
                WHERE n.project_id = p.project_id AND n.resolved_at IS NULL)
            """,
            [clock.now()],
        )
        return list(cursor.fetchall())


@pytest.fixture
def machine_shop(provider: FakeStripe, settings: Any, tmp_path: Any) -> Any:
    """What makes walks short, and commissions compete."""
    channels = django_settings.BESPOKE["CHANNELS"] | {"us": QUICK}
    settings.BESPOKE = django_settings.BESPOKE | {
        "CHANNELS": channels,
        "FILES_DIR": str(tmp_path),
        "WEBHOOK_GRACE_SECONDS": 0,
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    conf.policies_forget()
    Commissions.provider = provider
    yield
    conf.policies_forget()


@pytest.mark.django_db
def test_commissions_stay_sound_whatever_happens(machine_shop: None) -> None:
    run_state_machine_as_test(
        Commissions,
        settings=settings(
            max_examples=int(EXAMPLES or 12),
            stateful_step_count=30,
            deadline=None,
            derandomize=EXAMPLES is None,
            database=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink),
        ),
    )
