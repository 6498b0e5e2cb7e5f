"""The whole examination: every finding in a line, each fault with its remedy."""

from collections.abc import Callable

from bot.doctor.database import database
from bot.doctor.jobs_service import jobs_service
from bot.doctor.listening import listening
from bot.doctor.proxies import proxies
from bot.doctor.slack import slack
from bot.settings import Settings


async def examine(settings: Settings, say: Callable[[str], None]) -> int:
    """Say each finding in one or two lines. Return the exit code: 0 if all is well, otherwise 1."""
    faults = 0
    for check in (database, listening, proxies, slack, jobs_service):
        async for finding in check(settings):
            say(f"{'✗' if finding.remedy else '✓'} {finding.checked}: {finding.result}")
            if finding.remedy:
                faults += 1
                say(f"  → {finding.remedy}")
    return 1 if faults else 0
