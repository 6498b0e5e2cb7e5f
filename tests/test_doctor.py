"""What the doctor says about the jobs service and the database, against the stand-ins."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import make_url
from starlette.applications import Starlette

from bot.demo.informatica import stand_in as jobs_stand_in
from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, Resource
from bot.demo.process import environment, free_port
from bot.demo.slack import stand_in as slack_stand_in
from bot.demo.slack.stand_in import SlackStandIn
from bot.doctor.examination import examine
from bot.doctor.slack import SCOPES, clock
from bot.domain.destination import Destination
from bot.server import listening
from bot.settings import Settings, read_settings
from bot.store import pauses, subscriptions
from bot.store.database import opened
from bot.watch.bulk import policy
from bot.web import application
from tests.cast import ANN, CLICKS, NOON, OPS, ORDERS, UP, WORKSPACE, job
from tests.network.servers import over_tls

JOB_LIST = "job list"
ROOT = Path(__file__).parent.parent


@asynccontextmanager
async def set_up(
    jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slack: SlackStandIn | None = None
) -> AsyncIterator[Settings]:
    slack = slack or SlackStandIn()
    async with slack_stand_in.served(slack) as slack_url, jobs_stand_in.served(jobs) as jobs_url:
        database_url = f"sqlite:///{tmp_path}/test.db"
        for name, value in environment(
            slack, slack_url, jobs, jobs_url, port=free_port(), database_url=database_url
        ).items():
            monkeypatch.setenv(name, value)
        yield read_settings()


@pytest.fixture
def jobs() -> JobsServiceStandIn:
    return JobsServiceStandIn().with_demo_jobs()


async def examined(jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    said: list[str] = []
    async with set_up(jobs, tmp_path, monkeypatch) as settings:
        code = await examine(settings, said.append)
    return code, said


async def test_it_counts_the_jobs(jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how many jobs the list has, with a single login."""
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-2]) == (0, f"✓ {JOB_LIST}: 7 jobs")
    assert said[-1] == "✓ polling: jobs are polled one by one: fewer than 100 are watched"
    assert len(jobs.logins) == 1


async def test_an_incomplete_list(jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says if the list has fewer jobs than the service counts."""
    jobs.fail(Fault.LIST_STUCK)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-2]) == (0, f"✓ {JOB_LIST}: 7 jobs, but incomplete")


@pytest.mark.parametrize(
    ("fault", "why"), [(Fault.LIST_FORBIDDEN, " (403)"), (Fault.NOT_IMPLEMENTED, " (501)"), (Fault.HTML, "")]
)
async def test_a_refused_list_is_no_fault(
    fault: Fault, why: str, jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the list is refused, it says what that means; the bot works without it."""
    jobs.fail(fault, resource=Resource.LIST)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-2]) == (0, f"✓ {JOB_LIST}: unavailable{why}; jobs can be watched by ID, but not found by name")
    assert said[-1] == "✓ polling: jobs are polled one by one: the job list is unavailable"


async def test_a_list_that_fails_is_a_fault(
    jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing service is a fault with a remedy."""
    jobs.fail(Fault.SERVER_ERROR)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert code == 1
    assert said[-2].startswith(f"✗ {JOB_LIST}: the jobs service failed (HTTP 500)")
    assert said[-1].startswith("  → ")


async def test_a_refused_login(jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused login is the only finding, its remedy names the settings, and it isn't tried twice."""
    jobs.fail(Fault.LOGIN_REFUSED)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert code == 1
    assert JOB_LIST not in "\n".join(said)
    assert "INFORMATICA_PASSWORD" in said[-1]
    assert len(jobs.logins) == 1


@pytest.mark.parametrize(
    ("fault", "polling"),
    [
        (None, "jobs are polled in bulk, by the job list"),
        (Fault.LIST_STUCK, "jobs are polled one by one: the job list is incomplete"),
        (Fault.LIST_WITHOUT_STATUS, "jobs are polled one by one: the job list has no job with a status"),
    ],
)
async def test_it_says_how_jobs_are_polled(
    fault: Fault | None,
    polling: str,
    jobs: JobsServiceStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If enough jobs are watched, it says whether they are polled in bulk, and if not, why."""
    monkeypatch.setattr(policy, "MIN_JOBS", 2)
    if fault is not None:
        jobs.fail(fault)
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        await database.migrate()
        async with database.writing() as session:
            for ref in (ORDERS, CLICKS):
                await subscriptions.subscribe(session, Destination(WORKSPACE, OPS), job(UP, ref), ANN, polled_at=NOON)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-1]) == (0, f"✓ polling: {polling}")


# ── Slack ───────────────────────────────────────────────────────────────────────────────────────────────────────────

Examine = Callable[..., Awaitable[dict[str, tuple[str, str | None]]]]


@pytest.fixture
def examine_with(
    jobs: JobsServiceStandIn, slack: SlackStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Examine:
    """Examine with other settings; each thing that was checked, its result and its remedy."""

    async def examined(**settings: str) -> dict[str, tuple[str, str | None]]:
        async with set_up(jobs, tmp_path, monkeypatch, slack):
            for name, value in settings.items():
                monkeypatch.setenv(name, value)
            said: list[str] = []
            code = await examine(read_settings(), said.append)
        found: dict[str, tuple[str, str | None]] = {}
        checked = result = ""
        for line in said:
            if line.startswith("  → "):
                found[checked] = (result, line.removeprefix("  → "))
            else:
                checked, result = line[2:].split(": ", 1)
                found[checked] = (result, None)
        assert (code != 0) == any(remedy for _, remedy in found.values())
        return found

    return examined


@pytest.fixture
def slack() -> SlackStandIn:
    return SlackStandIn()


async def test_every_scope_is_checked(slack: SlackStandIn, examine_with: Examine) -> None:
    """Each scope of the manifest is missed by what doesn't work without it."""
    manifest = yaml.safe_load((ROOT / "app_manifest.yml").read_text())
    assert list(SCOPES) == manifest["oauth_config"]["scopes"]["bot"]
    assert (await examine_with())["Slack's scopes"] == ("complete", None)
    for scope in SCOPES:
        slack.app.scopes = set(SCOPES) - {scope}
        result, remedy = (await examine_with())["Slack's scopes"]
        assert result == f"missing: {scope} (for {SCOPES[scope]})"
        assert remedy is not None
        assert "reinstall" in remedy


async def test_links_to_jobs(slack: SlackStandIn, examine_with: Examine) -> None:
    """It says why links to jobs aren't shown with their status, or which domain the manifest needs for it."""
    checked, url = "links to jobs", {"INFORMATICA_JOB_URL": "https://jobs.test:8443/{dataflow}"}
    assert (await examine_with())[checked] == ("stay as they are: INFORMATICA_JOB_URL isn't set", None)
    result, _ = (await examine_with(**url))[checked]
    assert result == "show the job's status, if unfurl_domains in the app's manifest has jobs.test"
    slack.app.scopes.remove("links:write")
    result, _ = (await examine_with(**url))[checked]
    assert result == "stay as they are: links:write missing (see Slack's scopes)"


async def test_the_bots_membership_is_checked(slack: SlackStandIn, examine_with: Examine, tmp_path: Path) -> None:
    """Of channels that get alerts, those that the bot isn't in are named; paused ones and people need no bot."""
    ops, general = [channel for channel in slack.channels.values() if not channel.is_private][:2]
    assert (await examine_with())["channels that get alerts"] == ("none yet", None)
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        await database.migrate()
        async with database.writing() as session:
            for id in (ops.id, general.id, "C9GONE", "C9PAUSED", ANN):
                destination = Destination(slack.app.team_id, id)
                await subscriptions.subscribe(session, destination, job(UP, ORDERS), ANN, polled_at=NOON)
            await pauses.pause(session, Destination(slack.app.team_id, "C9PAUSED"), "is_archived", NOON)
    for channel in (ops, general):
        channel.members.discard(slack.app.bot_user_id)
    result, remedy = (await examine_with())["channels that get alerts"]
    first, second = sorted((ops, general), key=lambda channel: channel.id)
    assert result == f"the bot isn't in #{first.name}, #{second.name}, C9GONE (channel_not_found)"
    assert "/invite" in str(remedy)
    slack.fail("ratelimited", method="conversations.info", times=None)
    result, _ = (await examine_with())["channels that get alerts"]
    assert result == "can't be checked, because Slack can't be asked now: it answers “ratelimited”"


async def test_the_clock_is_checked(examine_with: Examine) -> None:
    """A clock that is off by minutes makes the bot refuse Slack's requests."""
    checked = "this machine's clock"
    assert (await examine_with())[checked] == ("right", None)
    for error, result in ((7, "7 min fast"), (-90, "90 min slow")):
        finding = clock(NOON, NOON + timedelta(minutes=error))
        assert (finding.result, "NTP" in str(finding.remedy)) == (result, True)
    assert clock(None, NOON).remedy is None


async def test_a_token_that_cannot_be_shown_is_not_called_wrong(
    slack: SlackStandIn, examine_with: Examine, unused_tcp_port: int
) -> None:
    """A token that Slack refuses is told from a Slack that is unwell, can't be reached, or isn't trusted."""
    token = "Slack's bot token"
    refused, remedy = (await examine_with(SLACK_BOT_TOKEN="xoxb-wrong"))[token]
    assert (refused, "SLACK_BOT_TOKEN" in str(remedy)) == ("not accepted (invalid_auth)", True)
    not_asked = "can't be checked, because Slack can't be asked now: "
    unreachable = f"{not_asked}no connection can be made"
    untrusted = "not sent, because this machine can't trust the connection (self-signed certificate)"
    async with over_tls(unused_tcp_port) as tls:
        for url, result in (
            (f"http://127.0.0.1:{unused_tcp_port}/api/", unreachable),
            ("https://slack.invalid/api/", f"{not_asked}its name can't be resolved"),
            (f"https://127.0.0.1:{tls}/api/", untrusted),
        ):
            found, remedy = (await examine_with(SLACK_API_URL=url))[token]
            assert found == result
            assert "SLACK_BOT_TOKEN" not in str(remedy)
    for code in ("ratelimited", "internal_error", "unknown_method"):
        slack.fail(code, method="auth.test", times=1)
        found, remedy = (await examine_with())[token]
        assert (found, "SLACK_API_URL" in str(remedy)) == (f"{not_asked}it answers “{code}”", True)


async def test_how_requests_arrive(slack: SlackStandIn, examine_with: Examine) -> None:
    """It says what the app's manifest must have, which the bot can't read, and checks the token of Socket Mode."""
    checked = "Slack's requests"
    result, remedy = (await examine_with())[checked]
    assert ("https://YOUR-HOST/slack/events" in result, remedy) == (True, None)
    result, remedy = (await examine_with(SLACK_APP_TOKEN=slack.app.app_token))[checked]
    assert ("socket_mode_enabled" in result, remedy) == (True, None)
    result, remedy = (await examine_with(SLACK_APP_TOKEN="xapp-wrong"))["Slack's app token"]
    assert (result, "connections:write" in str(remedy)) == ("not accepted (invalid_auth)", True)


async def test_a_database_that_can_only_be_read(examine_with: Examine, postgresql_url: str) -> None:
    """A standby, or the rights of somebody who may only read, is a fault: nothing could be recorded."""
    url = make_url(postgresql_url)
    assert (await examine_with(DATABASE_URL=postgresql_url))["database"] == ("reachable, schema up to date", None)
    reading = url.update_query_dict({"options": "-cdefault_transaction_read_only=on"})
    result, remedy = (await examine_with(DATABASE_URL=reading.render_as_string(hide_password=False)))["database"]
    assert result.startswith("can be read, but not written: cannot execute ")
    assert "read-only" in str(remedy)


async def test_where_the_bot_would_listen(examine_with: Examine) -> None:
    """What a start can't listen on is a fault with a remedy; a port that a running bot has is none."""
    port, metrics = str(free_port()), str(free_port())
    ports = {"PORT": port, "METRICS_PORT": metrics}
    found = await examine_with(**ports)
    for setting, number in ports.items():
        assert found[f"{setting} {number}"] == ("can be used on 127.0.0.1", None)
    assert f"METRICS_PORT {port}" not in await examine_with(PORT=port, METRICS_PORT=port)
    result, remedy = (await examine_with(HOST="203.0.113.1", PORT=port))[f"PORT {port}"]
    assert (result.startswith("HOST is wrong: "), "leave it out" in str(remedy)) == (True, True)
    for pages, is_bot in ((application(), True), (Starlette(), False)):
        async with listening(pages, "127.0.0.1", int(metrics)):
            result, remedy = (await examine_with(**ports))[f"METRICS_PORT {metrics}"]
        assert ("in use" in result, remedy is None) == (True, is_bot)


async def test_a_jobs_service_that_cannot_be_reached(examine_with: Examine) -> None:
    """It says in plain words what is in the way, and where to look."""
    result, remedy = (await examine_with(INFORMATICA_LOGIN_URL="https://jobs.test.invalid"))["jobs service"]
    assert result.startswith("the jobs service can't be reached: its name")
    for word in ("INFORMATICA_LOGIN_URL", "DNS", "HTTPS_PROXY"):
        assert word in str(remedy)


async def test_the_proxies_are_named(examine_with: Examine) -> None:
    """It says through which proxy each service is reached, without the proxy's password."""
    assert (await examine_with())["proxies"][0].startswith("Slack directly and the jobs service directly")
    proxied = {"HTTPS_PROXY": "http://user:s3cr3t@127.0.0.1:9", "SLACK_API_URL": "https://slack.invalid/api/"}
    result, _ = (await examine_with(**proxied))["proxies"]
    assert result.startswith("Slack through http://127.0.0.1:9 and the jobs service directly")
