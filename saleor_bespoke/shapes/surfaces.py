"""Normals that make triangles look like the surface they stand for: smooth, with sharp creases."""

from __future__ import annotations

import numpy as np

from saleor_bespoke.shapes.arrays import Floats, Ints, counting
from saleor_bespoke.shapes.sampling import face_normals
from saleor_bespoke.shapes.shape import Shape

_CREASE = float(np.cos(np.radians(20)))
_SPOKES_MAX = 64
"""A corner of more triangles is the hub of a flat fan: its triangles keep their own normals."""
_BATCH = 1_500_000


def corner_normals(shape: Shape) -> Floats:
    """A unit normal for each corner of each triangle, (m, 3, 3).

    It is the mean over those triangles around the corner that turn less than a crease's angle.
    """
    normals, areas = face_normals(shape)
    corner = shape.faces.reshape(-1)
    order = np.argsort(corner, kind="stable")
    spokes = np.bincount(corner, minlength=len(shape.vertices))
    starts = np.concatenate([[0], np.cumsum(spokes)])
    partners = spokes[corner]
    partners[partners > _SPOKES_MAX] = 0
    total = np.zeros((len(corner), 3))
    reach = np.cumsum(partners)
    for low in range(0, int(reach[-1]) if len(reach) else 0, _BATCH):
        some = slice(*np.searchsorted(reach, [low, low + _BATCH], side="right"))
        _add_partners(
            total,
            np.arange(len(corner))[some],
            partners[some],
            starts,
            order,
            corner,
            normals,
            areas,
        )
    own = np.repeat(normals, 3, axis=0)
    lengths = np.linalg.norm(total, axis=1)
    smooth = lengths > 1e-12 * areas.max()
    safe = np.where(smooth, lengths, 1.0)[:, None]
    return np.where(smooth[:, None], total / safe, own).reshape(-1, 3, 3)


def _add_partners(
    total: Floats,
    mine: Ints,
    partners: Ints,
    starts: Ints,
    order: Ints,
    corner: Ints,
    normals: Floats,
    areas: Floats,
) -> None:
    """Add to each corner the weighted normals of the triangles that continue its surface."""
    index = np.repeat(mine, partners)
    other = order[starts[corner[index]] + counting(partners)] // 3
    near = np.einsum("ij,ij->i", normals[index // 3], normals[other]) > _CREASE
    index, other = index[near] - mine[0], other[near]
    weighted = normals[other] * areas[other][:, None]
    for axis in range(3):
        total[mine, axis] += np.bincount(index, weights=weighted[:, axis], minlength=len(mine))
