"""What a piece is called where storefronts look: an attribute of its variant.

Storefronts show a line by its product's name and its variant's attributes, and many, Saleor's own
among them, leave the variant's name out. So every variant of a checkout says its title twice. The
attribute is a plain text, whose values Saleor lists to nobody who does not hold the variant.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from saleor.attribute import AttributeInputType, AttributeType
from saleor.attribute.models import Attribute, AttributeValue, AttributeVariant
from saleor.attribute.utils import associate_attribute_values_to_instance

#: External reference of the attribute.
TITLE = "saleor-bespoke:title"
_SLUG = "saleor-bespoke-title"


def attribute_ensure(kind: Any) -> Any:
    """Create the attribute, or find it, and give it to the variants of this product type."""
    attribute, _ = Attribute.objects.get_or_create(
        external_reference=TITLE,
        defaults={
            "slug": _SLUG,
            "name": "Commission",
            "type": AttributeType.PRODUCT_TYPE,
            "input_type": AttributeInputType.PLAIN_TEXT,
            "visible_in_storefront": True,
        },
    )
    AttributeVariant.objects.get_or_create(attribute=attribute, product_type=kind)
    return attribute


def title_show(variant: Any, title: str) -> None:
    """Show the title on every line that holds this new variant."""
    attribute = attribute_ensure(variant.product.product_type)
    value = AttributeValue.objects.create(
        attribute=attribute,
        slug=f"{variant.pk}_{attribute.pk}",
        name=title[: AttributeValue._meta.get_field("name").max_length],
        plain_text=title,
    )
    associate_attribute_values_to_instance(variant, {attribute.pk: [value]})


def titles_drop(variant_pks: Iterable[int]) -> None:
    """Delete the titles of variants that are about to be deleted; nobody else holds them."""
    held = {"variantassignments__variant_id__in": list(variant_pks)}
    AttributeValue.objects.filter(attribute__external_reference=TITLE, **held).delete()


def attribute_rows() -> Any:
    """The attribute's row, if set-up or a checkout has made it; its values go with it."""
    return Attribute.objects.filter(external_reference=TITLE)
