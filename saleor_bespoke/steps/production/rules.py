"""Pure decisions about the bench: which work a piece needs, in which order, and what it adds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from saleor_bespoke.craft.feasibility import Case, FeasibilityPolicy, size_not_producible
from saleor_bespoke.craft.findings import FindingCode
from saleor_bespoke.craft.promises import Modifier
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError, ErrorCode

Revision = TypeVar("Revision")

#: The work on a piece in its order; a piece without stones needs no setting.
KINDS = ("CASTING", "FORMING", "POLISHING", "SETTING", "REINFORCEMENT")
#: Materials whose use must be recorded before a piece is finished.
COUNTED = frozenset({"UNIQUE_STONE", "METAL"})
PHOTOS_MAX = 10
LONGEST_UPDATE = 4000


@dataclass(frozen=True, slots=True)
class Step:
    """The latest pass of one kind of work, as the rules see it."""

    kind: str
    position: int
    status: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A claim on a material that is not used up yet."""

    code: str
    name: str
    kind: str
    unique: bool


def has_stones(spec: Specification) -> bool:
    """Whether anything is set into the piece, the shop's stones or the customer's own."""
    return bool(spec.stones or spec.own_stones)


def kinds_of(spec: Specification) -> tuple[str, ...]:
    """The work this piece needs, in order."""
    return tuple(kind for kind in KINDS if kind != "SETTING" or has_stones(spec))


def start_check(approved: Revision | None, *, change_open: bool) -> Revision:
    """The design to be made; refused while a change is undecided or nothing is approved."""
    if change_open:
        raise BespokeError(
            ErrorCode.CHANGE_ORDER_OPEN, "A change order is open; it is decided and settled first."
        )
    if approved is None:
        raise BespokeError(
            ErrorCode.APPROVAL_MISSING, "The customer has not approved the present design."
        )
    return approved


def modifiers(
    spec: Specification,
    *,
    complexity_days: int,
    complexity_reason: str,
    change_days: Iterable[int],
    rare_size_days: int,
) -> list[Modifier]:
    """What the production promise adds in business days, each with its reason."""
    found = []
    if complexity_days:
        found.append(Modifier("complexity", complexity_reason, Decimal(complexity_days)))
    days = sum(change_days)
    if days:
        found.append(Modifier("change_order", "Agreed with the change order.", Decimal(days)))
    for finding in size_not_producible(Case(spec, FeasibilityPolicy())):
        if finding.code is FindingCode.RARE_SIZE and rare_size_days:
            found.append(Modifier("rare_size", finding.sentence, Decimal(rare_size_days)))
    return found


def rework_modifier(*, again: int, altogether: int, low_days: int) -> Modifier:
    """What doing only some of the steps again takes off the range, in whole business days."""
    spared = low_days * (altogether - again) // altogether
    reason = f"{again} of {altogether} steps are done again."
    return Modifier("rework", reason, Decimal(-spared))


def step_start_check(step: Step, all_steps: Sequence[Step]) -> None:
    """Refuse a step out of turn: one at a time, and all earlier ones finished."""
    if step.status != "PENDING":
        raise BespokeError(ErrorCode.ALREADY_DONE, f"This pass of {step.kind} was begun before.")
    running = [other.kind for other in all_steps if other.status == "STARTED"]
    if running:
        raise BespokeError(ErrorCode.STEP_NOT_NEXT, f"{running[0]} is still being worked on.")
    waiting = [
        other.kind
        for other in all_steps
        if other.position < step.position and other.status != "FINISHED"
    ]
    if waiting:
        raise BespokeError(ErrorCode.STEP_NOT_NEXT, f"First comes {waiting[0]}.")


def step_finish_check(step: Step) -> None:
    """Only what was started can be finished, once."""
    if step.status in ("FINISHED", "SENT_BACK"):
        raise BespokeError(ErrorCode.ALREADY_DONE, f"This pass of {step.kind} ended before.")
    if step.status != "STARTED":
        raise BespokeError(ErrorCode.STEP_NOT_STARTED, f"{step.kind} was not started.")


def send_back_check(step: Step) -> None:
    """Only work that was begun can be sent back, once."""
    if step.status == "SENT_BACK":
        raise BespokeError(ErrorCode.ALREADY_DONE, f"This pass of {step.kind} was sent back.")
    if step.status == "PENDING":
        raise BespokeError(ErrorCode.STEP_NOT_STARTED, f"{step.kind} was not started.")


def redone(all_steps: Sequence[Step], position: int) -> list[str]:
    """The kinds whose latest pass no longer counts: begun ones from this position on.

    Later work stands on the earlier: a setting sent back is reinforced again too.
    """
    return [
        step.kind
        for step in all_steps
        if step.position >= position and step.status in ("STARTED", "FINISHED")
    ]


def finish_check(all_steps: Sequence[Step], locks: Sequence[Lock]) -> None:
    """Refuse to finish a piece with work undone, or with stones or metal not accounted for."""
    undone = [step.kind for step in all_steps if step.status != "FINISHED"]
    if undone or not all_steps:
        raise BespokeError(
            ErrorCode.STEPS_UNFINISHED, f"Steps not finished: {', '.join(undone) or 'all'}."
        )
    unused = [f"{lock.name} ({lock.code})" for lock in locks if lock.unique or lock.kind in COUNTED]
    if unused:
        raise BespokeError(
            ErrorCode.MATERIAL_NOT_CONSUMED,
            f"Record what was used of: {', '.join(sorted(unused))}.",
        )


def update_check(*, text: str, photos: int) -> str:
    """The words of an update without margins; refused when there are none or far too many."""
    text = text.strip()
    if not text:
        raise BespokeError(ErrorCode.REQUIRED, "Say how it comes along.", field="text")
    if len(text) > LONGEST_UPDATE:
        raise BespokeError(
            ErrorCode.INVALID, f"At most {LONGEST_UPDATE} letters fit.", field="text"
        )
    if photos > PHOTOS_MAX:
        raise BespokeError(
            ErrorCode.INVALID, f"An update takes up to {PHOTOS_MAX} photos.", field="photos"
        )
    return text
