"""The doctor: checks everything that a start needs and says how to fix each fault."""

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
from bot.store.database import DatabaseFault, SchemaTooNew, opened
from bot.watch.bulk.policy import why_few, why_useless

_MAX_LIST_AGE = timedelta(minutes=1)
_SCOPES = ("commands", "chat:write")


@dataclass(frozen=True)
class Finding:
    """What was checked, the result, and what to do; `remedy` is None if all is well."""

    checked: str
    result: str
    remedy: str | None = None


async def examine(settings: Settings, say: Callable[[str], None]) -> int:
    """Say each finding in one or two lines. Return the exit code: 0 if all is well, otherwise 1."""
    faults = 0
    for findings in (_database(settings), _slack(settings), _jobs_service(settings)):
        async for finding in findings:
            say(f"{'✗' if finding.remedy else '✓'} {finding.checked}: {finding.result}")
            if finding.remedy:
                faults += 1
                say(f"  → {finding.remedy}")
    return 1 if faults else 0


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    async with opened(settings.database_url.get_secret_value()) as database:
        try:
            current = await database.schema_is_current()
        except SchemaTooNew as newer:
            yield Finding("database", str(newer), "Or restore the copy of the database from before the upgrade.")
            return
        except DatabaseFault as fault:
            yield Finding(
                "database",
                f"can't be used: {fault.driver_message}",
                "Check DATABASE_URL. Is the database running, and does it accept this user?",
            )
            return
        if current:
            yield Finding("database", "reachable, schema up to date")
        elif database.is_sqlite:
            yield Finding("database", "reachable; `jobwatch run` will migrate its schema")
        else:
            yield Finding("database", "reachable, but its schema is outdated", "Run `jobwatch migrate`.")


async def _slack(settings: Settings) -> AsyncIterator[Finding]:
    async with http_session(settings.proxies) as session:
        client = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)
        try:
            identity = await who_am_i(client)
        except WebApiError as error:
            yield Finding(
                "Slack's bot token",
                f"not accepted ({error.code})",
                "Copy SLACK_BOT_TOKEN (xoxb-…) from the app's page “OAuth & Permissions”. "
                "If Slack can't be reached, check the network and SLACK_API_URL.",
            )
        else:
            yield Finding("Slack's bot token", f"accepted: @{identity.user_name} in workspace {identity.workspace}")
            missing = [scope for scope in _SCOPES if scope not in identity.scopes] if identity.scopes else []
            if missing:
                yield Finding(
                    "Slack's scopes",
                    f"{' and '.join(missing)} missing",
                    "Update the app's manifest from app_manifest.yml, then reinstall the app.",
                )
        if settings.slack_app_token is None:
            yield Finding("Slack's requests", "arrive by HTTP at /slack/events, verified with SLACK_SIGNING_SECRET")
            return
        try:
            await check_app_token(client, settings.slack_app_token.get_secret_value())
            yield Finding("Slack's requests", "arrive by Socket Mode, token accepted")
        except WebApiError as error:
            yield Finding(
                "Slack's requests",
                f"the Socket Mode token is not accepted ({error.code})",
                "On the app's page “Basic Information”, generate an app-level token (xapp-…) with the scope "
                "connections:write, and set SLACK_APP_TOKEN to it.",
            )


async def _jobs_service(settings: Settings) -> AsyncIterator[Finding]:
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
