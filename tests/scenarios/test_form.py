"""The form from a mention to an alert: each of its elements does what its label says."""

from collections.abc import Callable

from bot.demo.slack.stand_in import ADMIN, View
from tests.scenarios.world import DATAFLOW, LIMIT_S, MEMBER, NAME, RUN, World

GENERAL = "C0DEMOGEN1"
WIKI = "https://wiki.example.com/orders"


async def test_each_element_of_the_form_works(world: World) -> None:
    """Opened from a mention, the form searches, follows each choice with its sentence, explains a place where alerts
    can't go, and makes the watch that it described: the error that follows calls the owner, and reminders are set."""
    slack = world.slack
    async with world.bot():
        await slack.post(MEMBER.id, world.channel, "@jobwatch watch")
        offer = await world.private_reply("Choose a job")
        await slack.press(offer, "open_watch_form", user=MEMBER.id)
        await slack.until(lambda: slack.views.top(MEMBER.id) is not None, LIMIT_S, [])
        view = slack.views.top(MEMBER.id)
        assert view is not None

        async def uses(action: str, value: str | list[str], shows: Callable[[str], bool]) -> None:
            await slack.press_in_view(view, action, user=MEMBER.id, value=value)
            await slack.until(lambda: shows(words(view)), LIMIT_S, [view.blocks])

        found = await slack.offered(view, "choose_job", user=MEMBER.id, query=NAME[:6])
        assert NAME in str(found.options)
        found = await slack.offered(view, "choose_job", user=MEMBER.id, query=f"{NAME[:6]}*")
        assert "All jobs matching" in str(found.options)
        await uses("choose_job", f"all matching {NAME[:6]}*", lambda shown: "It matches 1 job now" in shown)
        await uses("choose_place", "me", lambda shown: "you by direct message" in shown)
        await uses("choose_place", "channel", lambda shown: "the channel you choose" in shown)
        await uses("choose_channel", GENERAL, lambda shown: "/invite @jobwatch" in shown)
        await uses("choose_place", "here", lambda shown: "/invite" not in shown)
        await uses("choose_what", "statuses", lambda shown: "a status you choose" in shown)
        await uses("choose_statuses", ["Stopped"], lambda shown: "on Stopped only" in shown)
        await uses("choose_what", "errors", lambda shown: "on errors only" in shown)
        await uses("show_more", [], lambda shown: "Mentioned on errors" in shown)
        await uses("choose_owner", [ADMIN.id], lambda shown: "Alerts about errors" in shown)
        await uses("choose_remind", "30:error", lambda shown: "Reminders every 30" in shown)
        await uses("choose_tell", [ADMIN.id], lambda shown: "Escalates to " in shown)
        await uses("choose_after", "5:problem", lambda shown: r"after 5\xa0min with problems" in shown)
        sent = await slack.submit(view, user=MEMBER.id, state={("runbook", "choose_runbook"): [WIKI]})
        assert (sent.errors, sent.complaint) == ({}, None)

        told = await slack.wait_for(lambda message: "is watching all jobs matching" in message.text)
        assert told.ephemeral_to is None
        assert "⏰\xa0Reminders every 30\xa0min while there are errors · 🚨\xa0Escalates to" in told.text
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        alert = await world.alert("Running with Error")
        assert f"'user_id': '{ADMIN.id}'" in str(alert.blocks)
        assert WIKI in str(alert.blocks)


def words(view: View) -> str:
    return str(view.blocks)
