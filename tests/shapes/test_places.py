"""Pins follow the surface from one revision to the next, and are dropped where it has changed."""

from __future__ import annotations

import numpy as np
import pytest

from saleor_bespoke.shapes.arrays import Floats, three
from saleor_bespoke.shapes.nearness import Surface, closest
from saleor_bespoke.shapes.places import Place, place_at, places_carry
from saleor_bespoke.shapes.sampling import sample
from saleor_bespoke.shapes.shape import Shape
from tests.shapes import generators as make

BAND = make.comfort_band(17.32, 1.9, 3.2, fine=120).shape
LEFT = make.ball(1.2, np.array([7.6, 7.4, 0.8]))
RIGHT = make.box(2.2, 1.6, 3.4).shape.moved(np.eye(3), np.array([-9.3, 5.6, -1.2]))


def head(size: float, rise: float) -> Shape:
    """A collet with a stone, its girdle that far above the finger."""
    low = np.array([0.3, 17.32 / 2 + 0.6, 0])
    high = np.array([0.3, 17.32 / 2 + rise, 0])
    top = make.stone(size, 17.32 / 2 + rise).moved(np.eye(3), np.array([0.3, 0, 0]))
    return make.joined(make.cylinder(1.0, low, high, tip=size * 0.35), top)


OLD = make.joined(BAND, LEFT, RIGHT, head(6.0, 5.0))
CHANGED = make.joined(BAND, LEFT, RIGHT, head(7.2, 5.8))


def pins(shape: Shape, count: int = 60, seed: int = 5) -> list[Place]:
    spread = sample(shape, count, seed=seed)
    return [
        Place(three(point), three(normal))
        for point, normal in zip(spread.points, spread.normals, strict=True)
    ]


def wrong_by(carried: Place, place: Place, rotation: Floats, shift: Floats) -> tuple[float, float]:
    """How far a place is off, in mm, and its normal, in degrees."""
    where = rotation @ np.array(place.position) + shift
    cosine = float(np.array(carried.normal) @ rotation @ np.array(place.normal))
    return (
        float(np.linalg.norm(np.array(carried.position) - where)),
        float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))),
    )


STILL = (np.eye(3), np.zeros(3))
SLID = (np.eye(3), np.array([0.4, -0.3, 0.6]))
FAR = (make.rotation(3), np.array([12.0, -33, 8]))


@pytest.mark.parametrize("placement", [STILL, SLID, FAR], ids=["still", "slid", "far"])
@pytest.mark.parametrize("meshed", ["same", "noisy", "divided"])
def test_pins_are_carried_on_a_perturbed_mesh(
    placement: tuple[Floats, Floats], meshed: str
) -> None:
    new = {
        "same": lambda: OLD,
        "noisy": lambda: make.noisy(OLD, 0.008),
        "divided": lambda: make.shuffled(make.noisy(make.divided(OLD), 0.006)),
    }[meshed]()
    places = pins(OLD)
    carried = places_carry(OLD, new.moved(*placement), places)
    kept = [(one, place) for one, place in zip(carried, places, strict=True) if one]
    assert len(kept) >= 0.95 * len(places)
    off = [wrong_by(one, place, *placement) for one, place in kept]
    assert max(distance for distance, _ in off) < 0.1
    assert max(angle for _, angle in off) < 2


@pytest.mark.parametrize("placement", [STILL, FAR], ids=["still", "far"])
def test_pins_on_a_changed_head_are_dropped_and_all_others_kept(
    placement: tuple[Floats, Floats],
) -> None:
    places = [*pins(OLD, 50), *pins(head(6.0, 5.0), 50)]
    new = make.noisy(CHANGED, 0.004)
    carried = places_carry(OLD, new.moved(*placement), places)

    where = np.array([place.position for place in places])
    changed = ~np.isfinite(Surface(CHANGED).nearest(where, 0.15).distances)
    assert changed.sum() > 25
    assert [one for one, gone in zip(carried, changed, strict=True) if gone and one] == []

    away = where[:, 1] < 17.32 / 2 - 0.5
    kept = [one for one, far in zip(carried, away, strict=True) if far and one]
    assert len(kept) >= 0.95 * away.sum() > 20
    for one, place in zip(carried, places, strict=True):
        if one:
            assert wrong_by(one, place, *placement)[0] < 0.1


def test_something_new_beside_a_pin_drops_it() -> None:
    top = np.array([0.0, -17.32 / 2 - 1.9, 0])
    place = Place(three(top), (0.0, -1.0, 0.0))
    assert places_carry(OLD, OLD, [place])[0] is not None
    grain = make.ball(0.35, top + np.array([0.5, 0, 0]))
    assert places_carry(OLD, make.joined(OLD, grain), [place]) == [None]
    beyond = make.ball(0.35, top + np.array([3, 0.3, 0]))
    assert places_carry(OLD, make.joined(OLD, beyond), [place])[0] is not None


def test_a_thinner_wall_drops_the_pins_of_the_side_that_moved() -> None:
    old, new = make.band(17.32, 1.9, 4).shape, make.band(17.32, 1.6, 4).shape
    outside = Place((17.32 / 2 + 1.9, 0.0, 0.0), (1.0, 0.0, 0.0))
    inside = Place((17.32 / 2, 0.0, 0.0), (-1.0, 0.0, 0.0))
    assert places_carry(old, new, [outside, inside]) == [None, inside]


def test_another_piece_carries_nothing() -> None:
    assert places_carry(OLD, make.pendant(18, 26).shape, pins(OLD, 10)) == [None] * 10


def test_a_place_off_the_surface_is_dropped() -> None:
    assert places_carry(OLD, OLD, [Place((0.0, 0.0, 0.0), (0.0, 0.0, 1.0))]) == [None]
    assert places_carry(OLD, OLD, []) == []


def test_a_viewers_position_becomes_a_place() -> None:
    place = place_at(make.box(4, 5, 6).shape, (2.0, 2.0, 6.02))
    assert place == Place((2.0, 2.0, 6.0), (0.0, 0.0, 1.0))
    assert place_at(make.box(4, 5, 6).shape, (2.0, 2.0, 9.0)) is None


def test_nearest_places_are_exact() -> None:
    """Against the plain way: every triangle, corner and edge, densely sampled."""
    draw = np.random.default_rng(2)
    corners = draw.uniform(-3, 3, size=(40, 3, 3))
    points = draw.uniform(-5, 5, size=(40, 3))
    places, apart = closest(points, corners)
    u, v = (axis.reshape(-1) for axis in np.meshgrid(*[np.linspace(0, 1, 201)] * 2))
    u, v = u[u + v <= 1], v[u + v <= 1]
    for point, (a, b, c), place, distance in zip(points, corners, places, apart, strict=True):
        dense = a + u[:, None] * (b - a) + v[:, None] * (c - a)
        least = np.linalg.norm(dense - point, axis=1).min()
        assert distance <= least + 1e-9
        assert distance == pytest.approx(least, abs=0.02)
        assert np.linalg.norm(place - point) == pytest.approx(distance)
