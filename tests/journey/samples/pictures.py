"""Draw the ring as a camera on a workbench sees it, triangle by triangle from far to near."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from tests.journey.samples.shapes import Point, ring

Colour = tuple[int, int, int]

GOLD: Colour = (236, 186, 92)
ROSE: Colour = (226, 160, 130)
PLATINUM: Colour = (206, 208, 214)

#: Where the light comes from: a large window, a lamp, and the sheet the ring stands on.
_LIGHTS = (((-0.5, -0.55, 0.67), 26, 1.0), ((0.75, -0.3, 0.55), 60, 0.7), ((0, -0.2, -1), 3, 0.28))


@dataclass(frozen=True)
class View:
    """How the ring stands: turned about z, the camera's height above it, colours."""

    turn: float = 0.6
    tilt: float = 0.42
    metal: Colour = GOLD
    sheet: Colour = (214, 205, 196)
    diameter: float = 17.32


def draw_ring(width: int, height: int, view: View, *, fine: int = 2) -> Image.Image:
    """A picture of the ring in these pixels, upright."""
    picture = _sheet(width, height, view)
    scale = min(width, height) / 36
    foot = (width / 2, height * 0.53 + scale * 10.6 * math.cos(view.tilt))
    picture = _shadow(picture, foot, scale)
    large = picture.resize((width * 2, height * 2))
    pen = ImageDraw.Draw(large, "RGBA")
    for outline, colour in _painted(view, fine):
        pen.polygon(
            [(width + x * scale * 2, height * 1.06 - z * scale * 2) for x, z in outline],
            fill=colour,
        )
    picture = large.resize((width, height), Image.Resampling.LANCZOS)
    return _as_camera(picture)


def caption(picture: Image.Image, text: str) -> Image.Image:
    """Lay a paper label with this text into the lower left corner."""
    size = max(14, picture.width // 34)
    font = ImageFont.load_default(size)
    box = font.getbbox(text)
    margin = size * 0.7
    label = Image.new("RGB", (int(box[2] + 2 * margin), int(box[3] + 2 * margin)), (250, 247, 238))
    ImageDraw.Draw(label).text((margin, margin * 0.9), text, font=font, fill=(52, 44, 40))
    turned = label.convert("RGBA").rotate(2.2, expand=True, resample=Image.Resampling.BICUBIC)
    picture.paste(turned, (size, picture.height - turned.height - size), turned)
    return picture


def _painted(view: View, fine: int) -> list[tuple[list[tuple[float, float]], tuple[int, ...]]]:
    faces: list[tuple[float, list[tuple[float, float]], tuple[int, ...]]] = []
    for part, triangles in ring(view.diameter, fine=fine).items():
        for triangle in triangles:
            seen = [_turned(point, view) for point in triangle]
            normal = _normal(seen[0], seen[1], seen[2])
            if part != "stone" and normal[1] >= 0:
                continue  # turned away from the camera
            colour = _crystal(normal) if part == "stone" else _metal(normal, view.metal)
            depth = sum(point[1] for point in seen) / 3
            faces.append((depth, [_projected(point) for point in seen], colour))
    faces.sort(key=lambda face: -face[0])
    return [(outline, colour) for _, outline, colour in faces]


def _turned(point: Point, view: View) -> Point:
    x, y, z = point
    c, s = math.cos(view.turn), math.sin(view.turn)
    x, y = x * c - y * s, x * s + y * c
    c, s = math.cos(view.tilt), math.sin(view.tilt)
    return (x, y * c - z * s, y * s + z * c)


def _projected(point: Point) -> tuple[float, float]:
    near = 120 / (120 + point[1])
    return point[0] * near, point[2] * near


def _normal(a: Point, b: Point, c: Point) -> Point:
    u = (b[0] - a[0], b[1] - a[1], b[2] - a[2])
    v = (c[0] - a[0], c[1] - a[1], c[2] - a[2])
    n = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
    length = math.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2) or 1.0
    return (n[0] / length, n[1] / length, n[2] / length)


def _shine(normal: Point) -> float:
    """How much light the polished face throws to the camera, 0 to about 1.6."""
    mirror = (2 * normal[1] * normal[0], 2 * normal[1] ** 2 - 1, 2 * normal[1] * normal[2])
    total = 0.0
    for direction, sharpness, strength in _LIGHTS:
        length = math.sqrt(sum(value * value for value in direction))
        dot = sum(-m * d for m, d in zip(mirror, direction, strict=True)) / length
        total += strength * max(0.0, dot) ** sharpness
    return total


def _metal(normal: Point, base: Colour) -> tuple[int, ...]:
    mirror_up = 2 * normal[1] * normal[2]  # what the face mirrors: ceiling above, bench below
    room = 0.52 + 0.3 * math.tanh(-5 * (mirror_up - 0.05)) - 0.1 * mirror_up
    body = 0.32 + 0.62 * room + 0.14 * max(0.0, normal[2])
    glint = _shine(normal)
    return tuple(min(255, int(part * (body + 0.3 * glint) + 130 * glint)) for part in base)


def _crystal(normal: Point) -> tuple[int, ...]:
    """A facet either throws light or shows the dark behind it; its neighbours rarely agree."""
    spark = math.sin(normal[0] * 23.1 + normal[2] * 37.7 + normal[1] * 11.3)
    light = 150 + 70 * spark + 110 * _shine(normal)
    cool = 14 * math.sin(normal[0] * 9)
    solid = 150 if normal[1] < 0 else 235
    shades = (max(40, min(255, int(value))) for value in (light - cool, light, light + 12))
    return (*shades, solid)


def _sheet(width: int, height: int, view: View) -> Image.Image:
    """Paper under a lamp: lighter in the middle of the upper half, darker to the edges."""
    falloff = Image.radial_gradient("L").resize((width * 2, height * 2))
    falloff = falloff.crop(
        (width // 2, height // 2 + height // 8, width * 3 // 2, height * 13 // 8)
    )
    bright = Image.new("RGB", (width, height), view.sheet)
    dark = Image.new("RGB", (width, height), tuple(part * 2 // 5 for part in view.sheet))
    return Image.composite(dark, bright, falloff)


def _shadow(picture: Image.Image, foot: tuple[float, float], scale: float) -> Image.Image:
    x, y = foot
    mask = Image.new("L", picture.size, 0)
    pen = ImageDraw.Draw(mask)
    pen.ellipse((x - 9 * scale, y - 2.6 * scale, x + 10 * scale, y + 1.2 * scale), fill=110)
    mask = mask.filter(ImageFilter.GaussianBlur(scale * 1.1))
    pen = ImageDraw.Draw(mask)
    pen.ellipse((x - 3 * scale, y - 0.8 * scale, x + 3.2 * scale, y + 0.5 * scale), fill=190)
    mask = mask.filter(ImageFilter.GaussianBlur(scale * 0.6))
    return Image.composite(Image.new("RGB", picture.size, (38, 30, 26)), picture, mask)


def _as_camera(picture: Image.Image) -> Image.Image:
    """Bloom around the brightest spots and the grain of a small sensor."""
    glow = picture.point(lambda value: max(0, value - 200) * 2)
    glow = glow.filter(ImageFilter.GaussianBlur(picture.width / 160))
    picture = ImageChops.screen(picture, glow)
    grain = Image.effect_noise(picture.size, 5).convert("RGB")
    return ImageChops.overlay(picture, grain) if picture.width > 400 else picture
