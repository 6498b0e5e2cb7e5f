"""The form as data: what is drawn of it, what is read of what comes back, and what people are told is wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.slack.block_kit.validation import checked
from bot.demo.slack.people.fields import values_of
from bot.domain.job import _DOCUMENTED, Dataflow, JobRef, Status, Target
from bot.domain.job_search import NamedJob
from bot.domain.reminding import NO_ESCALATION, NO_REMINDERS, Escalation, Failing, Reminders, Reminding
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter
from bot.domain.subscription import NONE, Contact
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.patterns import PatternRef
from bot.slack.messages import failures
from bot.slack.messages.blocks import Message, channel, message
from bot.slack.request import NOT_PUBLIC, Unreadable, of_form
from bot.slack.watch_form import problems
from bot.slack.watch_form import view as form_views
from bot.slack.watch_form.form import SOME, STATUSES, Form, Origin, Part, Recipient, Span
from bot.slack.watch_form.reading import private_metadata, read_form, read_job, read_target, shown_parts
from tests.cast import ERROR, HOUR, NOON, ORDERS, UP
from tests.slack.messages.reading import HOSTILE, assert_acceptable, parts, shown

OPS, DEV, DIRECT = "C0OPS", "C0DEV", "D0BEN"
FLOW = Dataflow(ORDERS.dataflow)
HERE = Origin(OPS, "/job")
WHATS = (CHANGES, PROBLEMS, ERRORS, SOME)

texts = st.sampled_from([*HOSTILE.values()]) | st.text(max_size=300)
targets: st.SearchStrategy[Target | None] = st.sampled_from([None, FLOW, ORDERS, Dataflow("short-1")])
patterns = st.sampled_from([PatternRef(None), PatternRef("sales-*"), PatternRef("a b?")])
origins = st.builds(
    Origin,
    st.sampled_from([OPS, DIRECT, "G0PRIVATE"]),
    st.sampled_from(["/job", "/streams"]),
    targets,
    st.sampled_from([None, ME, DEV]),
    st.none() | texts.filter(str.strip),
    texts,
    st.integers(0, 2_000),
    st.sampled_from([None, "S0TEAM"]),
    st.sampled_from([None, "S0CALL"]),
)
spans = st.builds(Span, st.integers(5, 1_440).map(lambda minutes: timedelta(minutes=minutes)), st.sampled_from(Failing))
forms = st.builds(
    Form,
    origins,
    targets | patterns,
    texts,
    st.sampled_from(Recipient),
    st.sampled_from([None, OPS, DEV]),
    st.sampled_from(WHATS),
    st.lists(st.sampled_from(STATUSES), unique=True).map(tuple),
    st.sampled_from([None, "U0BEN"]),
    st.sampled_from(["", "https://wiki.example.com/x"]),
    st.booleans(),
    st.none() | spans,
    st.sampled_from([None, "U0BEN"]),
    spans,
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def as_sent(form: Form, **more: object) -> dict[str, Any]:
    """The form as Slack sends it, as it was opened."""
    view = form_views.form_view(form)
    return view | {"state": {"values": values_of(view["blocks"], {})}} | more


def preview(form: Form) -> str:
    block = next(each for each in form_views.form_view(form)["blocks"] if each["block_id"] == "preview")
    return shown(Message("", [block]))


# ── what is drawn ───────────────────────────────────────────────────────────────────────────────────────────────────


@given(forms, st.booleans())
def test_slack_accepts_every_form(form: Form, is_new: bool) -> None:
    """Whatever is filled in and whatever a job is called, Slack takes the form."""
    view = form_views.form_view(form, is_new=is_new)
    checked(view)
    assert shown_parts(view) >= {Part.PLACE, Part.WHAT}
    assert (Part.JOB in shown_parts(view)) == (form.origin.job is None)


@given(forms)
def test_no_name_is_parsed(form: Form) -> None:
    """Nothing in a form is of the kind in which Slack reads markup."""
    assert not [part for part in parts(form_views.form_view(form)["blocks"]) if part.get("type") == "mrkdwn"]


@given(st.lists(st.builds(NamedJob, st.uuids().map(str) | texts, texts, st.none() | texts.map(Status.of))))
def test_slack_accepts_every_offer(jobs: list[NamedJob]) -> None:
    """Whatever jobs are called, the menu that is offered is one that Slack shows, with or without the list."""
    for unlisted in (None, "its list takes too long now"):
        menu = {"type": "static_select", "action_id": "x", **form_views.job_options(jobs, unlisted, NOON)}
        if menu.get("options") != []:
            blocks = [{"type": "actions", "elements": [menu]}]
            checked({"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": blocks})


def test_no_more_is_offered_than_slack_shows() -> None:
    """Of many jobs the first hundred are offered, each by its ID, its status before its name."""
    jobs = [NamedJob(f"id-{number}", f"job {number}", ERROR) for number in range(150)]
    jobs[1] = replace(jobs[1], as_of=NOON - HOUR)  # too old to be shown as the present status
    options = form_views.job_options(jobs, None, NOON)["options"]
    assert len(options) == 100
    assert options[1] == {"text": {"type": "plain_text", "text": "job 1"}, "value": "id-1"}
    assert options[0] == {"text": {"type": "plain_text", "text": "❌ job 0"}, "value": "id-0"}


def test_jobs_of_one_name_are_told_apart() -> None:
    """Where two jobs have the same name, their IDs stand below it."""
    jobs = [NamedJob("a", "x"), NamedJob("b", "x"), NamedJob("c", "y")]
    options = form_views.job_options(jobs, None, NOON)["options"]
    assert [option.get("description", {}).get("text") for option in options] == ["a", "b", None]


def test_without_the_list_the_menu_says_what_it_lacks() -> None:
    """Jobs that are watched stand below words that say that the others are missing."""
    (group,) = form_views.job_options([NamedJob("a", "x")], "it is busy", NOON)["option_groups"]
    assert group["label"]["text"].startswith("Only watched jobs")
    assert form_views.job_options([], "it is busy", NOON) == {"options": []}


def test_every_documented_status_is_offered() -> None:
    """The statuses to choose from are those that the jobs service documents."""
    assert [status.key for status in STATUSES] == list(_DOCUMENTED)


def test_without_the_list_the_form_says_how_ids_do() -> None:
    """Where the list can't be searched, the form says why, and the line that works."""
    view = form_views.form_view(Form(Origin(OPS, "/streams", unlisted="it is busy")))
    (words,) = [block["elements"][0]["text"] for block in view["blocks"] if block["type"] == "context"]
    assert "it is busy" in words
    assert "/streams watch DATAFLOW RUN" in words


@pytest.mark.parametrize(("channel", "places"), [(OPS, ["here", "me", "channel"]), (DIRECT, ["here", "channel"])])
def test_who_can_be_told(channel: str, places: list[str]) -> None:
    """In a channel it, the person or another; in direct messages the person stands for the place."""
    view = form_views.form_view(Form(Origin(channel, "/job")))
    block = next(each for each in view["blocks"] if each["block_id"] == Part.PLACE)
    assert [option["value"] for option in block["element"]["options"]] == places


def test_only_public_channels_are_offered() -> None:
    """The menu of channels has no private one."""
    view = form_views.form_view(Form(HERE, place=Recipient.CHANNEL))
    block = next(each for each in view["blocks"] if each["block_id"] == Part.CHANNEL)
    assert block["element"]["filter"] == {"include": ["public"]}


def test_only_what_is_asked_for_is_shown() -> None:
    """The menus of channels and of statuses, the owner and the runbook are there when they are needed."""
    assert shown_parts(form_views.form_view(Form(HERE))) == {Part.JOB, Part.PLACE, Part.WHAT}
    everything = Form(HERE, place=Recipient.CHANNEL, what=SOME, shows_more=True, tell="U0BEN")
    assert shown_parts(form_views.form_view(everything)) == set(Part)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (Form(HERE), "Alerts for the job you choose go to #C0OPS on every status change."),
        (
            Form(HERE, FLOW, "orders", what=PROBLEMS),
            "Alerts for orders go to #C0OPS on problems only (warning, error, unknown status, stopped, undeployed, "
            "and recovery).",
        ),
        (
            Form(HERE, FLOW, "orders", Recipient.ME),
            "Alerts for orders go to you by direct message on every status change.",
        ),
        (
            Form(Origin(DIRECT, "/job"), FLOW, "orders"),
            "Alerts for orders go to you here on every status change.",
        ),
        (
            Form(HERE, FLOW, "orders", Recipient.CHANNEL, DEV),
            "Alerts for orders go to #C0DEV on every status change.",
        ),
        (
            Form(HERE, FLOW, "orders", Recipient.CHANNEL, what=SOME),
            "Alerts for orders go to the channel you choose when it enters a status you choose.",
        ),
        (
            Form(HERE, FLOW, "orders", what=SOME, statuses=(ERROR, UP)),
            "Alerts for orders go to #C0OPS on Running with Error or Up and Running only.",
        ),
        (
            Form(Origin(OPS, "/job", FLOW), FLOW, "orders"),
            "From now on, alerts for orders go to #C0OPS on every status change.",
        ),
        (
            Form(Origin(OPS, "/job", FLOW), FLOW, "orders", Recipient.ME),
            "Alerts for orders go to you by direct message on every status change.\n"
            "This adds a watch. The one you came from stays as it is.",
        ),
        (
            Form(replace(HERE, matches=14), PatternRef("sales-*"), "all jobs matching sales-*"),
            "Alerts for all jobs matching sales-* go to #C0OPS on every status change.\n"
            "It matches 14 jobs now. New jobs that match will be added.",
        ),
        (
            Form(HERE, FLOW, "orders", owner="U0BEN", runbook="https://wiki.example.com/x", shows_more=True),
            "Alerts for orders go to #C0OPS on every status change.\n"
            "Alerts about errors mention @U0BEN and link wiki.example.com/x.",
        ),
        (
            Form(replace(HERE, group="S0TEAM"), FLOW, "orders", runbook="not yet", shows_more=True),
            "Alerts for orders go to #C0OPS on every status change.\nAlerts about errors mention a user group.",
        ),
    ],
)
def test_the_preview_says_what_will_happen(form: Form, words: str) -> None:
    """Below the fields stands in words who will be told what, and whether that changes a watch or makes one more."""
    assert preview(form) == words


def test_the_job_of_a_watch_that_is_changed_is_fixed() -> None:
    """Who changes a watch reads the job, in which nothing can be chosen; another job isn't read from anywhere."""
    view = as_sent(Form(Origin(OPS, "/job", FLOW, title="✅ orders"), FLOW, "✅ orders"))
    block = view["blocks"][1]
    assert shown(Message("", [block])) == "Job: ✅ orders"
    view["state"]["values"][Part.JOB] = {Part.JOB.action: {"selected_option": {"value": "other"}}}
    assert read_form(view).job == FLOW


def test_a_pattern_is_offered_before_the_jobs() -> None:
    """What is typed as a pattern can be chosen as one, with the number of jobs that it matches, if that is known."""
    jobs = [NamedJob(f"id-{number}", f"sales-{number}") for number in range(150)]
    options = form_views.job_options(jobs, None, NOON, PatternRef("sales-*"), 150)["options"]
    assert len(options) == 100
    assert options[0]["text"]["text"] == "🔎 All jobs matching sales-* (150)"
    assert read_job(options[0]["value"]) == PatternRef("sales-*")
    (option,) = form_views.job_options([], None, NOON, PatternRef(None), None)["options"]
    assert (option["text"]["text"], read_job(option["value"])) == ("🔎 All jobs", PatternRef(None))
    assert form_views.job_options([], None, NOON, PatternRef("*" + "x" * 150), 0) == {"options": []}


def test_an_obstacle_stands_beside_the_place() -> None:
    """Why alerts can't go where the form says stands right below that, in plain text."""
    view = form_views.form_view(Form(HERE, place=Recipient.CHANNEL, channel=DEV), "I can't post *there* <!here>.")
    names = [block["block_id"] for block in view["blocks"]]
    assert names[names.index(Part.CHANNEL) + 1] == "obstacle"
    (words,) = view["blocks"][names.index("obstacle")]["elements"]
    assert words == {"type": "plain_text", "text": "🚧 I can't post *there* <!here>."}


def test_what_changes_of_the_contact() -> None:
    """Without its fields nothing does; empty ones clear it in a watch that is changed; a group stays unless a person
    replaces it."""
    change, wiki = Origin(OPS, "/job", FLOW), "https://wiki.example.com/x"
    for form, contact in (
        (Form(HERE, FLOW), Contact()),
        (Form(HERE, FLOW, shows_more=True), Contact()),
        (Form(HERE, FLOW, owner="U0BEN", runbook=wiki, shows_more=True), Contact("U0BEN", wiki)),
        (Form(change, FLOW), Contact()),
        (Form(change, FLOW, shows_more=True), Contact(NONE, NONE)),
        (Form(replace(change, group="S0TEAM"), FLOW, shows_more=True), Contact(None, NONE)),
        (Form(replace(change, group="S0TEAM"), FLOW, owner="U0BEN", shows_more=True), Contact("U0BEN", NONE)),
        (Form(replace(HERE, group="S0TEAM"), FLOW, shows_more=True), Contact("S0TEAM")),
    ):
        assert form.contact == contact, form
    for contact in (Contact("U0BEN", wiki), Contact("S0TEAM"), Contact(None, wiki)):
        assert Form.of(HERE, None, None, FLOW, "orders", contact).contact == contact
    assert not Form.of(HERE, None, None, contact=Contact(NONE, NONE)).shows_more


def test_what_changes_of_the_reminders() -> None:
    """As with the owner: nothing without its fields; what is left empty ends it in a watch that is changed; a group
    stays unless a person replaces it."""
    change, hour = Origin(OPS, "/job", FLOW), Span(timedelta(hours=1), Failing.PROBLEM)
    often, told = Reminders(hour.length, hour.during), Escalation("U0BEN", timedelta(minutes=15))
    group = replace(told, to="S0TEAM")
    for form, reminding in (
        (Form(HERE, FLOW, remind=hour, tell="U0BEN"), Reminding()),
        (Form(HERE, FLOW, shows_more=True), Reminding()),
        (Form(HERE, FLOW, remind=hour, tell="U0BEN", shows_more=True), Reminding(often, told)),
        (Form(change, FLOW, shows_more=True), Reminding(NO_REMINDERS, NO_ESCALATION)),
        (Form(replace(change, told_group="S0TEAM"), FLOW, shows_more=True), Reminding(NO_REMINDERS, group)),
        (
            Form(replace(change, told_group="S0TEAM"), FLOW, remind=hour, tell="U0BEN", shows_more=True),
            Reminding(often, told),
        ),
    ):
        assert form.reminding == reminding, form
    for reminding in (Reminding(often, told), Reminding(None, group), Reminding(often)):
        form = Form.of(HERE, None, None, FLOW, "orders", reminding=reminding)
        assert (form.reminding, form.shows_more) == (reminding, True)
    assert not Form.of(HERE, None, None, reminding=Reminding(NO_REMINDERS, NO_ESCALATION)).shows_more


def test_a_wrong_runbook_is_a_gap() -> None:
    """A runbook that can't be linked is said to be wrong at its field."""
    for runbook, wrong in (("", False), ("https://x/y", False), ("ftp://x/y", True), ("https://a:b@x", True)):
        form = Form(HERE, FLOW, runbook=runbook, shows_more=True)
        assert (problems.gaps(form).keys() == {Part.RUNBOOK}) is wrong, runbook


# ── what comes back ─────────────────────────────────────────────────────────────────────────────────────────────────


@given(forms)
def test_a_form_is_read_as_it_was_drawn(form: Form) -> None:
    """What stands in the fields is what comes back, and where it came from too."""
    read = read_form(as_sent(form))
    assert (read.job, read.what) == (form.origin.job or form.job, form.what)
    assert (read.owner, read.runbook) == ((form.owner, form.runbook) if form.shows_more else (None, ""))
    assert read.shows_more == form.shows_more
    assert read.reminding == replace(form, origin=read.origin, job=read.job).reminding
    assert (read.origin.matches, read.origin.group) == (form.origin.matches, form.origin.group)
    assert read.channel == (form.channel if form.place is Recipient.CHANNEL else None)
    assert set(read.statuses) == (set(form.statuses) if form.what == SOME else set())
    assert (read.origin.channel, read.origin.command) == (form.origin.channel, form.origin.command)
    assert (read.origin.job, read.origin.to) == (form.origin.job, form.origin.to)
    assert read.to == (form.to if form.place is not Recipient.CHANNEL or form.channel else None)
    checked(form_views.form_view(read))
    assert preview(read) == preview(read_form(as_sent(read)))


def test_only_what_is_needed_is_kept_in_the_form() -> None:
    """The private metadata of a new form is the channel and the command, of a change the subscription too."""
    assert json.loads(private_metadata(HERE)) == {"channel": OPS, "command": "/job"}
    assert json.loads(private_metadata(Origin(OPS, "/job", ORDERS, ME))) == {
        "channel": OPS,
        "command": "/job",
        "job": str(ORDERS),
        "to": ME,
    }


def test_a_title_is_read_without_the_status_of_then() -> None:
    """The emoji in the menu is no part of a job's name."""
    form = Form(HERE, FLOW, form_views.job_text(ERROR, "orders", FLOW))
    assert read_form(as_sent(form)).title == "orders"
    assert form_views.job_text(ERROR, "x" * 90, ORDERS).endswith("… (run 42559)")
    assert len(form_views.job_text(ERROR, "x" * 90, ORDERS)) <= 75


@given(anything)
def test_anything_is_read_or_refused(view: Any) -> None:
    """Whatever comes instead of a form, it is refused, and nothing else is raised."""
    with pytest.raises(Unreadable):
        read_form(view)


@given(anything, st.sampled_from([*Part]), st.sampled_from(["selected_option", "selected_options", None]))
def test_a_hostile_field_is_an_empty_one(value: Any, part: Part, name: str | None) -> None:
    """Whatever stands in a field that nobody can choose there counts as if it were empty."""
    view = as_sent(Form(HERE, FLOW, "orders", Recipient.CHANNEL, DEV, SOME, (ERROR,)))
    view["state"]["values"][part] = {part.action: value if name is None else {name: value}}
    read = read_form(view)
    checked(form_views.form_view(read))
    if part is Part.CHANNEL:
        assert read.channel is None
    if part is Part.STATUSES:
        assert read.statuses == ()


def test_only_statuses_that_are_offered_are_read() -> None:
    """A status that the form does not offer is left out, and spelling doesn't matter."""
    view = as_sent(Form(HERE, FLOW, "orders", what=SOME))
    options = [{"value": value} for value in ("Of Next Year", "STOPPED", "", "stopped", "Deploying")]
    view["state"]["values"][Part.STATUSES] = {Part.STATUSES.action: {"selected_options": options}}
    assert [status.words for status in read_form(view).statuses] == ["Stopped", "Deploying"]


@pytest.mark.parametrize("value", ["../../etc", "a b", "a/0", "a/b", "a/1/2", "", "x" * 65, "ä", 5, None, ["a"], "a\n"])
def test_no_hostile_job_is_read(value: object) -> None:
    """What isn't a job as the bot writes it is none."""
    assert read_target(value) is None


@pytest.mark.parametrize("target", [FLOW, ORDERS, Dataflow("0cLMuQB9UvJhXaeXQLZpUT")])
def test_a_job_is_read_as_it_is_written(target: Target) -> None:
    """A dataflow's ID, short ones too, and a run come back as they were."""
    assert read_target(str(target)) == target


@pytest.mark.parametrize(
    "kept",
    [
        *("", "x", "[]", "null", "{}", '{"channel": "C0OPS"}', "[" * 100_000),
        *('{"channel": "x", "command": "/job"}', '{"channel": "C0OPS", "command": "<!channel>"}'),
        *('{"channel": ["C0OPS"], "command": "/job"}', '{"channel": "C0OPS", "command": "/job me"}'),
    ],
)
def test_a_form_without_its_origin_is_refused(kept: str) -> None:
    """Where the private metadata isn't what the bot wrote, nothing is guessed."""
    with pytest.raises(Unreadable, match="in the private metadata"):
        read_form(as_sent(Form(HERE), private_metadata=kept))


def test_hostile_metadata_changes_nothing() -> None:
    """A subscription that can't be named is none that is changed; a reason stays one line of plain text."""
    kept = {"channel": OPS, "command": "/job", "job": "../x", "to": "<!channel>", "unlisted": "a\n" * 900}
    origin = read_form(as_sent(Form(HERE), private_metadata=json.dumps(kept))).origin
    assert (origin.job, origin.to) == (None, None)
    assert origin.unlisted is not None
    assert len(origin.unlisted) <= 200
    assert "\n" not in origin.unlisted


# ── what it asks for ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("origin", "place", "channel", "to"),
    [
        (OPS, Recipient.HERE, None, None),
        (OPS, Recipient.ME, None, ME),
        (OPS, Recipient.CHANNEL, DEV, DEV),
        (OPS, Recipient.CHANNEL, OPS, None),
        (DIRECT, Recipient.HERE, None, None),
        (DIRECT, Recipient.ME, None, None),
        (DIRECT, Recipient.CHANNEL, OPS, OPS),
    ],
)
def test_whom_it_tells(origin: str, place: Recipient, channel: str | None, to: str | None) -> None:
    """The place is said as a command says it: the channel where it was typed needs no name."""
    assert Form(Origin(origin, "/job"), FLOW, "x", place, channel).to == to


def test_what_the_command_named_is_filled_in() -> None:
    """The form opens with the recipient and the filter that the command named."""
    filters = (None, StatusFilter(PROBLEMS), StatusFilter(ERRORS), StatusFilter.of([ERROR, UP]))
    for opened_in, to, status_filter in product((OPS, DIRECT), (None, ME, DEV, OPS), filters):
        form = Form.of(Origin(opened_in, "/job"), to, status_filter)
        assert form.status_filter == (status_filter or StatusFilter())
        assert form.to == (None if to == opened_in or (to == ME and opened_in == DIRECT) else to)
        assert problems.gaps(form).keys() == {Part.JOB}


def test_what_is_missing_is_said_at_its_field() -> None:
    """A channel that isn't chosen, and no status, each have their own words."""
    gaps = problems.gaps(Form(HERE, FLOW, "orders", Recipient.CHANNEL, what=SOME))
    assert gaps.keys() == {Part.CHANNEL, Part.STATUSES}
    assert not problems.gaps(Form(HERE, FLOW, "orders", what=SOME, statuses=(ERROR,)))


@pytest.mark.parametrize("to", [None, ME])
@pytest.mark.parametrize("channel", [OPS, DIRECT])
def test_a_change_is_one_of_the_same_job_and_place(channel: str, to: str | None) -> None:
    """The same job told to the same place is changed; anything else is one more watch."""
    form = Form.of(Origin(channel, "/job", FLOW, to), to, StatusFilter(ERRORS), FLOW, "orders")
    assert form.is_change
    assert not Form.of(form.origin, DEV, None, FLOW, "orders").is_change
    assert not Form.of(form.origin, to, None, ORDERS, "orders").is_change


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("why", [NOT_PUBLIC, "not_in_channel", "is_archived", "messages_tab_disabled", "of_next_year"])
def test_why_alerts_would_reach_nobody(why: str) -> None:
    """The words under a field say what is wrong and what to do, in one line of plain text."""
    for origin, place in product((HERE, Origin(DIRECT, "/job")), Recipient):
        words = problems.cannot_deliver(Form(origin, FLOW, "orders", place, DEV), why, bot_name="jobwatch")
        assert words[0].isupper()
        assert "\n" not in words
        assert len(words) < 400
        assert any(what in words for what in ("again", "choose a channel", "/job watch"))


def test_an_error_is_short_plain_text() -> None:
    """Whatever a reply holds, as words under a field it is a short line without markup."""
    for text in HOSTILE.values():
        words = problems.plain_words(failures.cannot_post(text, bot_name=text, why="not_in_channel"))
        assert 0 < len(words) <= 500
        assert "\n" not in words
        assert_acceptable(problems.cannot_open(text, text))


def test_channels_and_people_have_no_name_under_a_field() -> None:
    """Only names that Slack would look up are left out of the words under a field."""
    said = message(["a ", channel(DEV), " b"], ["c"])
    assert problems.plain_words(said) == "A that channel b c"


def test_a_form_that_is_not_ours_says_so() -> None:
    """In place of a form that can't be read stands one that Slack shows, with nothing to send."""
    assert "submit" not in checked(form_views.unreadable_view())


# ── the request ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "broken",
    [
        lambda body: body.pop("user"),
        lambda body: body["team"].pop("id"),
        lambda body: body["view"].pop("id"),
        lambda body: body["view"].update(hash=5),
    ],
)
def test_a_submission_of_another_shape_is_unreadable(broken: Callable[[dict[str, Any]], object]) -> None:
    """What Slack documents is demanded; sent twice as it stands, it is the same request."""
    body: dict[str, Any] = {"user": {"id": "U1"}, "team": {"id": "T1"}, "view": {"id": "V1", "hash": "1.a"}}
    request = of_form(body, OPS, "/job watch x")
    assert (request.key, request.command, request.channel) == ("V1.1.a", "/job", OPS)
    broken(body)
    with pytest.raises(Unreadable):
        of_form(body, OPS, "/job watch x")


def test_a_run_is_one_run() -> None:
    """A watch of one run that is changed stays one of that run."""
    form = Form.of(Origin(OPS, "/job", ORDERS), None, None, ORDERS, form_views.job_text(UP, "orders", ORDERS))
    assert read_form(as_sent(form)).job == JobRef(ORDERS.dataflow, ORDERS.run)
