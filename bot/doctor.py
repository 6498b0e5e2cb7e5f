"""The doctor: tries each thing that a start needs and says what to do about each fault."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.informatica.client import connected
from bot.informatica.errors import JobsServiceError, NoList
from bot.informatica.job_list import JobListCache
from bot.settings import Settings
from bot.slack.api.calls import WebApiError
from bot.slack.api.client import http_session, web_client, who_am_i
from bot.slack.api.socket_mode import check_app_token
from bot.store import tracked_jobs
from bot.store.database import DatabaseFault, opened
from bot.watch.bulk.policy import why_few, why_useless

_LISTED_WITHIN = timedelta(minutes=1)
_SCOPES = ("commands", "chat:write")


@dataclass(frozen=True)
class Finding:
    """What was tried, what came of it, and what to do; `remedy` None where all is well."""

    tried: str
    found: str
    remedy: str | None = None


async def examine(settings: Settings, say: Callable[[str], None]) -> int:
    """Say each finding in two lines at most; the exit code: 0 when all is well, else 1."""
    faults = 0
    for findings in (_database(settings), _slack(settings), _jobs_service(settings)):
        async for finding in findings:
            say(f"{'✗' if finding.remedy else '✓'} {finding.tried}: {finding.found}")
            if finding.remedy:
                faults += 1
                say(f"  → {finding.remedy}")
    return 1 if faults else 0


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    async with opened(settings.database_url.get_secret_value()) as database:
        try:
            current = await database.schema_is_current()
        except DatabaseFault as fault:
            yield Finding(
                "database",
                f"can't be used ({type(fault).__name__})",
                "Check DATABASE_URL, and that the database runs and lets this user in.",
            )
            return
        if current:
            yield Finding("database", "reachable, its schema is up to date")
        elif database.is_sqlite:
            yield Finding("database", "reachable; `jobwatch run` will bring its schema up to date")
        else:
            yield Finding("database", "reachable, but its schema is not up to date", "Run `jobwatch migrate`.")


async def _slack(settings: Settings) -> AsyncIterator[Finding]:
    async with http_session() as session:
        client = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)
        try:
            identity = await who_am_i(client)
        except WebApiError as error:
            yield Finding(
                "Slack's bot token",
                f"not accepted ({error.code})",
                "Copy SLACK_BOT_TOKEN (xoxb-…) from the app's page “OAuth & Permissions”; "
                "if Slack can't be reached at all, check SLACK_API_URL and the network.",
            )
        else:
            yield Finding("Slack's bot token", f"accepted: @{identity.user_name} in workspace {identity.workspace}")
            missing = [scope for scope in _SCOPES if scope not in identity.scopes] if identity.scopes else []
            if missing:
                yield Finding(
                    "Slack's scopes",
                    f"{' and '.join(missing)} missing",
                    "Compare the app's manifest with app_manifest.yml, then install the app again.",
                )
        if settings.slack_app_token is None:
            yield Finding("Slack's requests", "by HTTP at /slack/events, verified with SLACK_SIGNING_SECRET")
            return
        try:
            await check_app_token(client, settings.slack_app_token.get_secret_value())
            yield Finding("Slack's requests", "by Socket Mode, whose token is accepted")
        except WebApiError as error:
            yield Finding(
                "Slack's requests",
                f"Socket Mode's token is not accepted ({error.code})",
                "Make an app-level token (xapp-…) with the scope connections:write on the app's page "
                "“Basic Information”, and put it into SLACK_APP_TOKEN.",
            )


async def _jobs_service(settings: Settings) -> AsyncIterator[Finding]:
    async with connected(
        settings.informatica_login_url,
        settings.informatica_username,
        settings.informatica_password.get_secret_value(),
        settings.informatica_server_uri,
        connections=1,
    ) as jobs:
        try:
            await jobs.log_in()
        except JobsServiceError as error:
            yield Finding("jobs service", str(error), error.remedy)
            return
        yield Finding("jobs service", "logged in")
        finding = await _list(jobs.job_list)
        yield finding
        if finding.remedy is None:
            yield Finding("watching", await _way(jobs.job_list, await _watched(settings)))


async def _list(job_list: JobListCache) -> Finding:
    """What the list resource answers; without it the bot works, by IDs alone."""
    tried = "the organisation's list"
    try:
        listing = await job_list.jobs()
    except NoList as error:
        why = f" ({error.status})" if error.status not in (None, 200) else ""
        return Finding(tried, f"not available{why}: names can't be found, IDs work")
    except JobsServiceError as error:
        return Finding(tried, str(error), error.remedy)
    return Finding(tried, f"{len(listing.jobs):,} jobs" + ("" if listing.complete else ", and not all that there are"))


async def _way(job_list: JobListCache, watched: int) -> str:
    """By which way so many watched jobs would be watched now, by one worker."""
    try:
        asked, listing = datetime.now(UTC), await job_list.jobs()
    except JobsServiceError:
        return "jobs are watched one by one: the list is not available"
    why = why_few(watched) or why_useless(listing, min(watched, len(listing.jobs)), asked, _LISTED_WITHIN)
    return f"jobs are watched one by one: {why}" if why else "jobs are watched by the list"


async def _watched(settings: Settings) -> int:
    """How many jobs are watched; none as long as the database can't say."""
    async with opened(settings.database_url.get_secret_value()) as database:
        try:
            async with database.reading() as session:
                return await tracked_jobs.count_subscribed(session)
        except DatabaseFault:
            return 0
