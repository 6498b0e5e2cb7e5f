"""The picture of a history: drawn in a thread, uploaded, and left out if anything stands in the way."""

import asyncio
from zoneinfo import ZoneInfo

import structlog

from bot.domain.history.timeline import Timeline
from bot.domain.job import JobRef
from bot.slack.api.calls import WebApiError
from bot.slack.api.files import FilesApi, Picture
from bot.slack.messages.blocks import Line, fallback, sanitize
from bot.slack.messages.history.figures import alt_text

log = structlog.get_logger(__name__)

LIMIT_S = 10.0  # for drawing and all three steps of the upload
_AT_ONCE = 2  # drawings: each takes a tenth of a second of a processor


class Pictures:
    """Draws timelines and shares them in Slack."""

    def __init__(self, files: FilesApi) -> None:
        self._files = files
        self._drawing = asyncio.Semaphore(_AT_ONCE)

    async def share(
        self, title: str, ref: JobRef, timeline: Timeline, zone: ZoneInfo, destination: str, comment: Line
    ) -> bool:
        """Share the picture with a channel or a person; return whether Slack took it. Never raises: all that it shows
        stands in a text as well."""
        try:
            async with asyncio.timeout(LIMIT_S):
                async with self._drawing:
                    png = await asyncio.to_thread(_draw, title, timeline, zone)
                said = alt_text(title, timeline, zone)
                picture = Picture(png, f"history-{ref.run}.png", f"History of {sanitize(title)}", said)
                await self._files.share(picture, destination, fallback(comment))
        except WebApiError as error:
            log.info("a picture isn't shared; its text is", code=error.code)
        except TimeoutError:
            log.warning("a picture isn't shared in time; its text is")
        except Exception:
            log.exception("a picture could not be drawn")
        else:
            return True
        return False


def _draw(title: str, timeline: Timeline, zone: ZoneInfo) -> bytes:
    from bot.slack.pictures.timeline import draw_timeline  # Pillow costs a start 30 ms and 10 MB

    return draw_timeline(title, timeline, zone, zone.key)
