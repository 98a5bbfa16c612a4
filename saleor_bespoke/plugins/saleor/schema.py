"""Our operations in Saleor's one schema at `/graphql/`.

Saleor builds its schema when `saleor.graphql.api` is imported, after every app is ready. Until then
our fields can be put on the classes it is built from, which costs no second build. Where something
has imported it before us, the schema is built anew and takes the old one's place.
"""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Iterator
from copy import copy
from typing import Any

import graphene
from django.conf import settings
from graphene.types.utils import yank_fields_from_attrs
from saleor.graphql.query_cost_map import COST_MAP
from saleor.graphql.shop.schema import ShopMutations, ShopQueries

from saleor_bespoke.graphql.schema import BespokeMutations, BespokeQueries
from saleor_bespoke.plugins.saleor import attached, costs, guards, sensitive, untold
from saleor_bespoke.plugins.saleor.introspection import MIDDLEWARE, SUFFIX

logger = logging.getLogger(__name__)

API = "saleor.graphql.api"


def extend() -> str:
    """Put our part into Saleor's schema, its costs and its cache keys; answer how it was done.

    Called once, when all apps are ready.
    """
    queries, mutations = _fields(BespokeQueries), _fields(BespokeMutations)
    kinds = list(our_types([*queries.values(), *mutations.values()]))
    for kind in kinds:
        _guard(kind)
    _mix(ShopQueries, _queries(queries))
    _mix(ShopMutations, _mutations(mutations))
    attached.attach()
    untold.attach()
    how = "mixed in"
    if API in sys.modules:
        _rebuild()
        how = "rebuilt"
    _costs(queries, mutations, kinds)
    sensitive.mask()
    _suffix(kinds, {**queries, **mutations})
    logger.info("Bespoke operations are in the schema (%s).", how)
    return how


def _fields(mixin: type) -> dict[str, Any]:
    """Copies of the root fields of a mixin class, collected as graphene does."""
    found: dict[str, Any] = {}
    for base in reversed(mixin.__mro__):
        found.update(yank_fields_from_attrs(vars(base), _as=graphene.Field, sort=False))
    return {name: copy(field) for name, field in found.items()}


def our_types(fields: list[Any]) -> Iterator[Any]:
    """Every object type and interface of ours that these fields lead to, as the schema will."""
    waiting = [costs.bare(field.type)[0] for field in fields]
    seen: set[Any] = set()
    while waiting:
        kind = waiting.pop()
        is_object = issubclass(kind, graphene.ObjectType | graphene.Interface)
        if kind in seen or not is_object or not costs.is_ours(kind):
            continue
        seen.add(kind)
        yield kind
        waiting += [costs.bare(field.type)[0] for field in kind._meta.fields.values()]
        waiting += getattr(kind._meta, "interfaces", ())


def _guard(kind: Any) -> None:
    """Guard the fields of an object type; those of an interface never resolve anything."""
    if issubclass(kind, graphene.ObjectType):
        for name, field in kind._meta.fields.items():
            kind._meta.fields[name] = guards.field_guarded(field)


def _queries(fields: dict[str, Any]) -> dict[str, Any]:
    for name, field in fields.items():
        resolve = getattr(BespokeQueries, f"resolve_{name}")
        field.resolver = guards.query_guarded(resolve, _empty(field))
    return fields


def _empty(field: Any) -> Any:
    """What a query answers where the plugin is off: nothing, or an empty list or page."""
    if not isinstance(field.type, graphene.NonNull):
        return lambda: None
    _, listed = costs.bare(field.type)
    if listed:
        return list
    return lambda: {
        "edges": [],
        "total_count": 0,
        "page_info": {"has_next_page": False, "has_previous_page": False},
    }


def _mutations(fields: dict[str, Any]) -> dict[str, Any]:
    for field in fields.values():
        field.resolver = guards.mutation_guarded(field.resolver, costs.bare(field.type)[0])
    return fields


def _mix(root: type, fields: dict[str, Any]) -> None:
    for name, field in fields.items():
        setattr(root, name, field)


def _rebuild() -> None:
    """Build the schema once more from Saleor's own parts and ours, in place of the built one.

    Whoever has imported `schema` holds the same object, and finds the new one's content in it.
    """
    api = sys.modules[API]
    built: Any = api.schema
    federated = ("_Any", "_Entity", "_Service")
    # A new subclass collects the fields of all its bases anew, ours on Saleor's among them.
    fresh = api.build_federated_schema(
        type("Query", (api.Query,), {}),
        mutation=type("Mutation", (api.Mutation,), {}),
        types=[kind for kind in built.types if kind._meta.name not in federated],
        subscription=built._subscription,
        directives=built._directives,
    )
    if hasattr(api, "monitor_fields_usage"):
        api.monitor_fields_usage(fresh)
    for name in ("_query", "_mutation", "_subscription", "_directives", "_type_map", "types"):
        setattr(built, name, getattr(fresh, name))
    api.backend.cache_map.clear()


def _costs(queries: dict[str, Any], mutations: dict[str, Any], kinds: list[Any]) -> None:
    """Enter our costs. An entry for what the schema has not would fail every query of the shop."""
    entries = {
        "Query": costs.root_costs(queries, operations=False),
        "Mutation": costs.root_costs(mutations, operations=True),
        "Order": {"bespokeProject": {"complexity": 1}},
        "Checkout": {"bespokeProject": {"complexity": 1}},
        **{kind._meta.name: costs.type_costs(kind) for kind in kinds},
    }
    for kind, entry in entries.items():
        COST_MAP.setdefault(kind, {}).update(entry)


def _suffix(kinds: list[Any], roots: dict[str, Any]) -> None:
    """Keep answers about the schema apart from those cached without us, or with other fields."""
    said = [f"{name}:{field.type}" for name, field in roots.items()]
    for kind in kinds:
        said += [
            f"{kind}.{name}({','.join(field.args)}):{field.type}"
            for name, field in kind._meta.fields.items()
        ]
    digest = hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest()[:16]
    suffix = f"bespoke-{digest}"
    before = getattr(settings, SUFFIX, None)
    if before is None:
        # 3.21 knows no suffix.
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, MIDDLEWARE]
    setattr(settings, SUFFIX, f"{before}-{suffix}" if before else suffix)
