"""How a time looks in a picture: a colour, a pattern and a height for each class of statuses.

Colours alone would say nothing to a colour-blind person, and patterns nothing in a time as thin as a line. So colours
differ in brightness, too, and what is worse stands out further. All is drawn on a light card of its own, which reads
the same in Slack's light and dark mode.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

from bot.domain.job import StatusClass

Colour = tuple[int, int, int]
Draw = Callable[[ImageDraw.ImageDraw, int, int, Colour], None]

CARD, FRAME, INK, FAINT = (255, 255, 255), (148, 153, 160), (29, 28, 29), (97, 96, 97)
_STEP = 12  # pixels between the lines of a pattern


@dataclass(frozen=True)
class Look:
    """`colour` fills the time, `marks` draws the pattern on it in `ink`; `rise` is how many pixels it stands out."""

    colour: Colour
    ink: Colour = INK
    marks: Draw | None = None
    rise: int = 0


def _rising(draw: ImageDraw.ImageDraw, width: int, height: int, ink: Colour) -> None:
    for x in range(-height, width, _STEP):
        draw.line((x, height, x + height, 0), ink, 3)


def _falling(draw: ImageDraw.ImageDraw, width: int, height: int, ink: Colour) -> None:
    for x in range(-height, width, 2 * _STEP):
        draw.line((x, 0, x + height, height), ink, 2)


def _crossed(draw: ImageDraw.ImageDraw, width: int, height: int, ink: Colour) -> None:
    for x in range(-height, width, _STEP + 4):
        draw.line((x, 0, x + height, height), ink, 2)
        draw.line((x, height, x + height, 0), ink, 2)


def _level(draw: ImageDraw.ImageDraw, width: int, height: int, ink: Colour) -> None:
    for y in range(_STEP // 2, height, _STEP):
        draw.line((0, y, width, y), ink, 3)


def _upright(draw: ImageDraw.ImageDraw, width: int, height: int, ink: Colour) -> None:
    for x in range(_STEP // 2, width, _STEP):
        draw.line((x, 0, x, height), ink, 3)


def _zigzag(draw: ImageDraw.ImageDraw, width: int, height: int, ink: Colour) -> None:
    for y in range(_STEP, height + _STEP, 2 * _STEP):
        points = [(x, y - _STEP * (number % 2)) for number, x in enumerate(range(0, width + _STEP, _STEP))]
        draw.line(points, ink, 2)


def _dotted(draw: ImageDraw.ImageDraw, width: int, height: int, ink: Colour) -> None:
    for row, y in enumerate(range(0, height, _STEP)):
        for x in range(_STEP // 2 * (row % 2), width, _STEP):
            draw.ellipse((x, y, x + 5, y + 5), ink)


# Worse is darker and stands out further: seen without colours, too.
LOOKS = {
    StatusClass.HEALTHY: Look((127, 209, 174)),
    StatusClass.DEPLOYING: Look((158, 202, 240), (30, 90, 150), _falling),
    StatusClass.WARNING: Look((245, 180, 50), (120, 70, 0), _rising, rise=10),
    StatusClass.ERROR: Look((165, 20, 30), (255, 225, 225), _crossed, rise=22),
    StatusClass.UNKNOWN: Look((96, 60, 150), (235, 225, 255), _dotted, rise=22),
    StatusClass.STOPPED: Look((92, 104, 122), (225, 230, 236), _level),
    StatusClass.UNDEPLOYED: Look((92, 104, 122), (225, 230, 236), _upright),
}
BLIND = Look((226, 226, 228), (125, 125, 132), _zigzag)
UNWATCHED = Look((246, 246, 248), (200, 200, 206), _dotted)


def filled(look: Look, width: int, height: int) -> Image.Image:
    """An area with this look."""
    area = Image.new("RGB", (width, height), look.colour)
    if look.marks is not None:
        look.marks(ImageDraw.Draw(area), width, height, look.ink)
    return area
