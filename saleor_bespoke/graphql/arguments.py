"""What no argument of any operation may hold, checked once for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from saleor_bespoke.errors import BespokeError, ErrorCode

#: More characters than any text of a commission, and more entries than any list.
LONGEST = 50_000
MOST = 1_000
#: No number of a commission has more digits before its point, or after it.
DIGITS_BEFORE = 15
DIGITS_AFTER = 30
WRAPPERS = frozenset({"input", "brief", "specification"})


def arguments_check(given: Mapping[str, Any]) -> None:
    """Refuse what cannot be stored or computed with: INVALID names the argument at fault.

    Those are texts with a null character or half a character, numbers without end, times without
    an offset, and whatever is far too long.
    """
    for path, value in _leaves(given, ()):
        problem = _problem(value)
        if problem is not None:
            raise BespokeError(ErrorCode.INVALID, problem, field=_field(path))


def query_arguments_check(given: Mapping[str, Any]) -> None:
    """The same for a query, whose refusals are top-level errors."""
    try:
        arguments_check(given)
    except BespokeError as refusal:
        raise GraphQLError(f"{refusal.field}: {refusal.message}") from None


def _field(path: tuple[str, ...]) -> str:
    """The argument as all refusals name it: without the input objects that only wrap others."""
    while len(path) > 1 and path[0] in WRAPPERS:
        path = path[1:]
    return ".".join(path)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, _camel(str(key))))
    elif isinstance(value, list) and len(value) <= MOST:
        for at, inner in enumerate(value):
            yield from _leaves(inner, (*path, str(at)))
    else:
        yield path, value


def _problem(value: Any) -> str | None:
    if isinstance(value, list):
        return f"At most {MOST} entries fit."
    if isinstance(value, str):
        return _text_problem(value)
    if isinstance(value, Decimal):
        exact = value.is_finite() and value.adjusted() < DIGITS_BEFORE
        # A finite number's exponent is an integer.
        exact = exact and int(value.as_tuple().exponent) >= -DIGITS_AFTER
        return None if exact else "This number has too many digits."
    if isinstance(value, datetime) and value.tzinfo is None:
        return "A time comes with its offset from UTC."
    return None


def _text_problem(text: str) -> str | None:
    if len(text) > LONGEST:
        return f"At most {LONGEST} characters fit."
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        return "Control characters are not allowed."
    return None


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)
