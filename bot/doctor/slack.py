"""Slack: the network, the tokens, the scopes, the clock, how requests arrive, and the channels that get alerts."""

import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor.finding import Finding
from bot.settings import Settings
from bot.slack.api.calls import NotAnswered, WebApiError, called, object_in
from bot.slack.api.client import Identity, http_session, web_client, who_am_i
from bot.slack.api.error_codes import Meaning
from bot.slack.api.socket_mode import check_app_token
from bot.store import subscriptions
from bot.store.database import DatabaseFault, opened

# What doesn't work without each of the manifest's scopes.
SCOPES: Mapping[str, str] = {
    "commands": "the command itself",
    "chat:write": "alerts and confirmations",
    "channels:read": "noticing that a public channel was archived or that the bot was removed, and who is in it",
    "groups:read": "the same for private channels",
    "files:write": "the picture of a job's history; without it, the history is text",
    "app_mentions:read": "answering “@jobwatch status NAME” in a channel",
    "links:read": "noticing links to jobs",
    "links:write": "showing a job's status below a link to it",
    "users:read": "telling members from guests, admins and other companies' people, and their time zones",
}
LINK_SCOPES = ("links:read", "links:write")
# Slack's requests are refused beyond five minutes; a clock that drifts is there soon.
_MAX_CLOCK_ERROR = timedelta(minutes=1)
# Slack allows about 50 such questions a minute.
_MAX_CHANNELS = 40


async def slack(settings: Settings) -> AsyncIterator[Finding]:
    """Everything about Slack. What can't be asked without an accepted token isn't."""
    async with http_session(settings.proxies) as session:
        client = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)
        try:
            identity = await who_am_i(client)
        except WebApiError as error:
            remedy = "Copy SLACK_BOT_TOKEN (xoxb-…) from the app's page “OAuth & Permissions”."
            yield _failed("Slack's bot token", error, remedy)
        else:
            yield Finding("Slack's bot token", f"accepted: @{identity.user_name} in workspace {identity.workspace}")
            yield _scopes(identity)
            yield _links(settings.informatica_job_url, identity)
            yield clock(identity.answered_at, datetime.now(UTC))
            yield await _channels(client, await _destinations(settings, identity.workspace))
        yield await _requests(settings, client)


def _failed(checked: str, error: WebApiError, remedy_if_refused: str) -> Finding:
    """Why a question to Slack failed. A token that couldn't be shown to Slack isn't called wrong."""
    if (why := _tls_problem(error)) is not None:
        return Finding(
            checked,
            f"not sent, because this machine can't trust the connection ({why})",
            "If a proxy of your organisation inspects TLS, set SSL_CERT_FILE to a file with its authority's "
            "certificate. Else check SLACK_API_URL and this machine's clock.",
        )
    if error.is_refusal:
        return Finding(checked, f"not accepted ({error.code})", remedy_if_refused)
    why = error.why if isinstance(error, NotAnswered) else f"it answers “{error.code[:40]}”"
    remedy = "Check SLACK_API_URL; else try again later."
    if error.unreachable:
        remedy = "Check the network, DNS, HTTPS_PROXY and NO_PROXY, and SLACK_API_URL; else try again later."
    return Finding(checked, f"can't be checked, because Slack can't be asked now: {why}", remedy)


def _tls_problem(error: BaseException | None) -> str | None:
    """What OpenSSL says, if that is why nothing was sent."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            said = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
            return str(getattr(said, "verify_message", None) or getattr(said, "reason", None) or type(said).__name__)
        error = error.__cause__
    return None


def _scopes(identity: Identity) -> Finding:
    missing = [scope for scope in SCOPES if scope not in identity.scopes]
    if not identity.scopes:
        return Finding("Slack's scopes", "not known: Slack's answer names none")
    if not missing:
        return Finding("Slack's scopes", "complete")
    return Finding(
        "Slack's scopes",
        "missing: " + "; ".join(f"{scope} (for {SCOPES[scope]})" for scope in missing),
        "Update the app's manifest from app_manifest.yml (“App Manifest”), then reinstall the app (“Install App”).",
    )


def _links(job_url: str | None, identity: Identity) -> Finding:
    """Whether links to jobs are shown with their status. The bot can't read the manifest's domain."""
    checked = "links to jobs"
    if job_url is None:
        return Finding(checked, "stay as they are: INFORMATICA_JOB_URL isn't set")
    missing = [scope for scope in LINK_SCOPES if scope not in identity.scopes]
    if identity.scopes and missing:
        return Finding(checked, f"stay as they are: {' and '.join(missing)} missing (see Slack's scopes)")
    host = urlsplit(job_url).hostname
    return Finding(checked, f"show the job's status, if unfurl_domains in the app's manifest has {host}")


def clock(slack_time: datetime | None, now: datetime) -> Finding:
    """How far this machine's clock is off, by Slack's."""
    checked = "this machine's clock"
    if slack_time is None:
        return Finding(checked, "not known: Slack's answer has no date")
    error = now - slack_time
    if abs(error) <= _MAX_CLOCK_ERROR:
        return Finding(checked, "right")
    minutes = abs(error).total_seconds() / 60
    return Finding(
        checked,
        f"{minutes:,.0f} min {'fast' if error > timedelta() else 'slow'}",
        "Set it, for example with NTP: requests of Slack's are refused if it is off by more than five minutes.",
    )


async def _requests(settings: Settings, client: AsyncWebClient) -> Finding:
    checked = "Slack's requests"
    if settings.slack_app_token is None:
        return Finding(
            checked,
            "arrive by HTTP, verified with SLACK_SIGNING_SECRET. In the app's manifest the command's url, both "
            "request_url and message_menu_options_url must be https://YOUR-HOST/slack/events",
        )
    try:
        await check_app_token(client, settings.slack_app_token.get_secret_value())
    except WebApiError as error:
        return _failed(
            "Slack's app token",
            error,
            "On the app's page “Basic Information”, generate an app-level token (xapp-…) with the scope "
            "connections:write, and set SLACK_APP_TOKEN to it. “Socket Mode” must be on.",
        )
    return Finding(
        checked, "arrive by Socket Mode, token accepted. In the app's manifest socket_mode_enabled must be true"
    )


async def _destinations(settings: Settings, workspace: str) -> list[str]:
    """The channels that get alerts; none if the database can't be read, which has a finding of its own."""
    async with opened(settings.database_url.get_secret_value()) as database:
        try:
            async with database.reading() as session:
                destinations = await subscriptions.live_destinations(session, workspace)
        except DatabaseFault:
            return []
    return [each.id for each in destinations if not each.is_person]


async def _channels(client: AsyncWebClient, channels: list[str]) -> Finding:
    """Whether the bot may post where it has to."""
    checked, without_bot = "channels that get alerts", []
    if not channels:
        return Finding(checked, "none yet")
    for channel in channels[:_MAX_CHANNELS]:
        try:
            name, is_member = await _membership(client, channel)
        except WebApiError as error:
            return _failed(checked, error, "See Slack's scopes.")
        if not is_member:
            without_bot.append(name)
    more = f"; {len(channels) - _MAX_CHANNELS} more weren't checked" if len(channels) > _MAX_CHANNELS else ""
    if not without_bot:
        return Finding(checked, f"the bot is in all {min(len(channels), _MAX_CHANNELS)}{more}")
    return Finding(
        checked,
        f"the bot isn't in {', '.join(without_bot)}{more}",
        "Type `/invite @jobwatch` there, or let somebody there end the watches.",
    )


async def _membership(client: AsyncWebClient, channel: str) -> tuple[str, bool]:
    """A channel's name, and whether the bot is in it. Raises `WebApiError` if Slack can't be asked."""
    try:
        info = object_in(await called(client.conversations_info(channel=channel)), "channel")
    except WebApiError as error:
        if error.meaning is Meaning.DESTINATION_GONE:  # a private channel that it isn't in, or one that was deleted
            return f"{channel} ({error.code})", False
        raise
    return f"#{info.get('name')}", info.get("is_member") is True
