"""Strict reading of JSON objects into typed facts, and the one canonical way to write them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_DECIMAL = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")


class InvalidSpecification(ValueError):
    """A specification that cannot be; `field` is the camelCase path to what is wrong."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def decimal_text(value: Decimal) -> str:
    """The one spelling of a number: no exponent, no trailing zeros, no minus zero."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def canonical_json(data: object) -> str:
    """The one spelling of JSON data: sorted keys, no spaces, letters as they are."""
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(data: object) -> str:
    """SHA-256 in hex over the canonical JSON."""
    return hashlib.sha256(canonical_json(data).encode()).hexdigest()


class Reader:
    """Reads one JSON object; every refusal is an InvalidSpecification naming the field."""

    def __init__(self, data: object, path: str = "") -> None:
        if not isinstance(data, Mapping):
            raise InvalidSpecification("An object is expected here.", path or "specification")
        self._data = data
        self._path = path
        self._read: set[str] = set()

    def where(self, key: str) -> str:
        """The path of a key, as clients see it."""
        return f"{self._path}.{key}" if self._path else key

    def _get(self, key: str) -> object:
        self._read.add(key)
        return self._data.get(key)

    def finish(self) -> None:
        """Refuse keys that nobody read: a misspelt wish must not vanish."""
        for key in self._data:
            if key not in self._read:
                raise InvalidSpecification("This field is not known.", self.where(str(key)))

    def text(self, key: str, *, longest: int) -> str:
        """A text without control characters other than line breaks and tabs; "" if absent."""
        value = self._get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise InvalidSpecification("A text is expected here.", self.where(key))
        if len(value) > longest:
            raise InvalidSpecification(f"At most {longest} characters fit.", self.where(key))
        if any(ord(letter) < 32 and letter not in "\n\t\r" for letter in value) or _surrogate(
            value
        ):
            raise InvalidSpecification("Control characters are not allowed.", self.where(key))
        return value

    def choice(self, key: str, kind: type[E]) -> E:
        """A value of a closed list."""
        found = self.choice_or_none(key, kind)
        if found is None:
            raise InvalidSpecification("This field is required.", self.where(key))
        return found

    def choice_or_none(self, key: str, kind: type[E]) -> E | None:
        """A value of a closed list, or None where absent."""
        value = self._get(key)
        return None if value is None else self._choice(value, kind, self.where(key))

    def choices(self, key: str, kind: type[E]) -> tuple[E, ...]:
        """Several values of a closed list."""
        return tuple(self._choice(value, kind, self.where(key)) for value in self._list(key))

    def _choice(self, value: object, kind: type[E], where: str) -> E:
        if not isinstance(value, str) or value not in {member.value for member in kind}:
            raise InvalidSpecification("This value is not one of the choices.", where)
        return kind(value)

    def decimal(self, key: str) -> Decimal | None:
        """A number given as a decimal string (or whole JSON number), or None where absent."""
        value = self._get(key)
        return None if value is None else self._decimal(value, self.where(key))

    def decimals(self, key: str) -> tuple[Decimal, ...]:
        """Several numbers."""
        return tuple(self._decimal(value, self.where(key)) for value in self._list(key))

    def _decimal(self, value: object, where: str) -> Decimal:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
            raise InvalidSpecification("A number as a decimal string is expected.", where)
        return Decimal(text)

    def integer(self, key: str, *, default: int) -> int:
        """A whole number."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidSpecification("A whole number is expected here.", self.where(key))
        return value

    def one(self, key: str, read: Callable[[Reader], T]) -> T | None:
        """A nested object, or None where absent."""
        value = self._get(key)
        return None if value is None else _guarded(Reader(value, self.where(key)), read)

    def many(self, key: str, read: Callable[[Reader], T], *, most: int) -> tuple[T, ...]:
        """A list of nested objects."""
        values = self._list(key)
        if len(values) > most:
            raise InvalidSpecification(f"At most {most} entries fit.", self.where(key))
        return tuple(
            _guarded(Reader(value, f"{self.where(key)}.{index}"), read)
            for index, value in enumerate(values)
        )

    def _list(self, key: str) -> list[object]:
        value = self._get(key)
        if value is None:
            return []
        if not isinstance(value, list | tuple) or len(value) > 100:
            raise InvalidSpecification("A list is expected here.", self.where(key))
        return list(value)


def _surrogate(value: str) -> bool:
    return any(0xD800 <= ord(letter) <= 0xDFFF for letter in value)


def _guarded(reader: Reader, read: Callable[[Reader], T]) -> T:
    """Read a nested object, naming its path in refusals of the facts themselves."""
    try:
        found = read(reader)
    except InvalidSpecification:
        raise
    except ValueError as refusal:
        raise InvalidSpecification(str(refusal), reader.where("").rstrip(".")) from refusal
    reader.finish()
    return found
