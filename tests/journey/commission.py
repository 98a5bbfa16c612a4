"""One commission in the hands of its customer and of the shop's staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.journey.client import Caller
from tests.journey.world import World, equal


@dataclass
class Commission:
    """A commission, who ordered it, and how each side reads and acts on it."""

    world: World
    id: str
    number: str
    customer: Caller

    def ask(self, document: str, **variables: Any) -> Any:
        """The customer does something."""
        return self.world.api.run(document, self.customer, **variables)

    def tell(self, document: str, **variables: Any) -> Any:
        """Staff do something."""
        return self.world.api.run(document, self.world.staff, **variables)

    def ask_in_vain(self, document: str, code: str, **variables: Any) -> None:
        """The customer asks for what must be refused, by this code."""
        found = self.world.api.refused(document, self.customer, **variables)
        equal(found, code, f"{document}'s refusal")

    def tell_in_vain(self, document: str, code: str, **variables: Any) -> None:
        """Staff ask for what must be refused, by this code."""
        found = self.world.api.refused(document, self.world.staff, **variables)
        equal(found, code, f"{document}'s refusal")

    def read(self, document: str = "bespokeProject") -> Any:
        """What the customer sees now."""
        return self.world.api.run(document, self.customer, id=self.id)

    def desk(self, document: str = "projectDesk") -> Any:
        """What staff see now."""
        return self.world.api.run(document, self.world.staff, id=self.id)

    def stage_is(self, stage: str) -> None:
        """The commission stands in this stage, as its customer reads it."""
        equal(self.read()["stage"], stage, "the stage")

    def happened(self, *kinds: str) -> None:
        """The timeline tells these events, in this order, to whoever may see them."""
        told = [event["kind"] for event in self.desk("bespokeProject")["timeline"]]
        place = 0
        for kind in kinds:
            equal(kind in told[place:], True, f"{kind} in the timeline")
            place = told.index(kind, place) + 1

    def promised(self, step: str) -> Any:
        """The open promise, which must be for this step."""
        found = self.read()["currentPromise"]
        equal(found and found["step"], step, "the step that is promised")
        return found
