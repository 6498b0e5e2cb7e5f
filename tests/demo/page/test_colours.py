"""The page's colours: WCAG 2.2, level AA."""

import re
from pathlib import Path

from bot.demo import page

CSS = (Path(page.__file__).parent / "static" / "page.css").read_text()
TEXT, PARTS = 4.5, 3.0  # 1.4.3 for text, 1.4.11 for the borders of fields and the marks of states
GROUNDS = ("surface", "raised", "hover", "private", "fresh")
PAIRS = {
    **{(text, ground): TEXT for text in ("text", "muted", "link", "danger") for ground in GROUNDS},
    **{("edge", ground): PARTS for ground in ("surface", "raised", "hover", "fresh")},
    **{(mark, ground): PARTS for mark in ("info", "warn", "accent") for ground in ("surface", "raised", "fresh")},
    ("code", "hover"): TEXT,
    ("on-accent", "accent"): TEXT,
    ("on-chosen", "chosen"): TEXT,
    ("on-chosen", "badge"): TEXT,
    ("on-side", "side"): TEXT,
    ("side-edge", "side"): PARTS,
}


def palette(scheme: int) -> dict[str, str]:
    """The custom properties in the light (0) or dark (1) scheme."""
    found = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS)
    return {name: colours[scheme] for name, *colours in found}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast() -> None:
    """Text, placeholders, borders of fields and marks can be told from what they stand on, in light and in dark."""
    for scheme, name in enumerate(("light", "dark")):
        colours = palette(scheme)
        weak = {
            pair: round(found, 2)
            for pair, least in PAIRS.items()
            if (found := contrast(*(colours[each] for each in pair))) < least
        }
        assert weak == {}, name
