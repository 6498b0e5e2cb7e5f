"""The jobs service: its login, its job list, and how the watched jobs would be polled now."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from bot.doctor.finding import Finding
from bot.informatica.client import connected
from bot.informatica.errors import JobsServiceError, NoList
from bot.informatica.job_list import JobListCache
from bot.settings import Settings
from bot.store import tracked_jobs
from bot.store.database import DatabaseFault, opened
from bot.watch.bulk.policy import why_few, why_useless

_MAX_LIST_AGE = timedelta(minutes=1)


async def jobs_service(settings: Settings) -> AsyncIterator[Finding]:
    async with connected(
        settings.informatica_login_url,
        settings.informatica_username,
        settings.informatica_password.get_secret_value(),
        settings.informatica_server_uri,
        proxies=settings.proxies,
        connections=1,
    ) as jobs:
        try:
            await jobs.log_in()
        except JobsServiceError as error:
            yield Finding("jobs service", str(error), error.operator_remedy)
            return
        yield Finding("jobs service", "logged in")
        finding = await _job_list(jobs.job_list)
        yield finding
        if finding.remedy is None:
            yield Finding("polling", await _polling(jobs.job_list, await _watched(settings)))


async def _job_list(cache: JobListCache) -> Finding:
    """Without the job list the bot works, too, but only by IDs."""
    checked = "job list"
    try:
        job_list = await cache.jobs()
    except NoList as error:
        status = f" ({error.status})" if error.status not in (None, 200) else ""
        return Finding(checked, f"unavailable{status}; jobs can be watched by ID, but not found by name")
    except JobsServiceError as error:
        return Finding(checked, str(error), error.operator_remedy)
    return Finding(checked, f"{len(job_list.jobs):,} jobs" + ("" if job_list.complete else ", but incomplete"))


async def _polling(cache: JobListCache, watched: int) -> str:
    """How one worker would poll `watched` jobs now: in bulk or one by one, and why."""
    try:
        asked, job_list = datetime.now(UTC), await cache.jobs()
    except JobsServiceError:
        return "jobs are polled one by one: the job list is unavailable"
    why_not = why_few(watched) or why_useless(job_list, min(watched, len(job_list.jobs)), asked, _MAX_LIST_AGE)
    return f"jobs are polled one by one: {why_not}" if why_not else "jobs are polled in bulk, by the job list"


async def _watched(settings: Settings) -> int:
    """The number of watched jobs; 0 if the database can't be read."""
    async with opened(settings.database_url.get_secret_value()) as database:
        try:
            async with database.reading() as session:
                return await tracked_jobs.count_subscribed(session)
        except DatabaseFault:
            return 0
