"""mrkdwn as HTML: formatting, mentions, links and dates; hostile text stays text."""

import re
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.page.rendering.dates import format_date
from bot.demo.page.rendering.mrkdwn import Reader, mrkdwn, plain
from bot.slack.messages.text import escape
from tests.demo.page.rendered import NOW, READER, Tag, parse

A = '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>'
MENTION = '<span class="mention">{}</span>'


def html(text: str, verbatim: bool = False) -> str:
    return str(mrkdwn(text, READER, verbatim))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* _italic_ ~struck~ `code`", "<b>bold</b> <i>italic</i> <s>struck</s> <code>code</code>"),
        ("*_both_* _*both*_", "<b><i>both</i></b> <i><b>both</b></i>"),
        ("(*bold*), *bold*: “_it_”!", "(<b>bold</b>), <b>bold</b>: “<i>it</i>”!"),
        ("a_b_c 5*3*2 x~y~z a`b`c", "a_b_c 5*3*2 x~y~z a`b`c"),
        ("*a*b _c_d ~e~f *g*_h_", "*a*b _c_d ~e~f <b>g</b><i>h</i>"),
        ("* no* *no * _ no_ ~no ~", "* no* *no * _ no_ ~no ~"),
        ("*not\nover lines*", "*not\nover lines*"),
        ("__init__ **stars** *", "__init__ **stars** *"),
        ("`*plain* :tada: &lt;b&gt;`", "<code>*plain* :tada: &lt;b&gt;</code>"),
        ("*see `a*b` here*", "<b>see <code>a*b</code> here</b>"),
        ("a ```*x*\n  y``` b", "a <pre>*x*\n  y</pre> b"),
        ("```\nx\n```\nafter", "<pre>x\n</pre>after"),
        ("&gt; one\n> *two*\nthree", "<blockquote>one\n<b>two</b></blockquote>three"),
        ("a &gt; b", "a &gt; b"),
        ("one\n&gt;&gt;&gt; two\nthree", "one\n<blockquote>two\nthree</blockquote>"),
    ],
)
def test_formatting(text: str, shown: str) -> None:
    """Signs format text at word boundaries and within a line, as in Slack."""
    assert html(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("&lt;b&gt; &amp; &amp;lt; &quot; &#39;", "&lt;b&gt; &amp; &amp;lt; &amp;quot; &amp;#39;"),
        ("a & b < c", "a &amp; b &lt; c"),
    ],
)
def test_three_escapes_and_no_others(text: str, shown: str) -> None:
    """Only `&amp;`, `&lt;` and `&gt;` are unescaped, and only once."""
    assert html(text) == shown
    assert str(plain(text)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<@U0DEMOBEN1>", "@ben"),
        ("<@U0DEMOBEN1|somebody>", "@ben"),
        ("<@U0NOBODY|zoe>", "@zoe"),
        ("<@U0NOBODY>", "@U0NOBODY"),
        ("<#C0DEMOOPS1>", "#data-ops"),
        ("<#C0OTHER|lost>", "#lost"),
        ("<!subteam^S0DEMOOPS1>", "@ops"),
        ("<!subteam^S0OTHER|@those>", "@those"),
        ("<!here>", "@here"),
        ("<!channel|channel>", "@channel"),
        ("<!everyone>", "@everyone"),
    ],
)
def test_mentions(text: str, shown: str) -> None:
    """People, channels and groups are shown by name, else by their label, else by their ID."""
    assert html(text) == MENTION.format(shown)
    assert html(f"`{text}`") == f"<code>{MENTION.format(shown)}</code>"


@pytest.mark.parametrize(
    ("text", "url", "label"),
    [
        ("<https://a.example/x_y_z|here *now*>", "https://a.example/x_y_z", "here *now*"),
        ("<http://a.example/?a=1&amp;b=2>", "http://a.example/?a=1&amp;b=2", "http://a.example/?a=1&amp;b=2"),
        ("<mailto:ada@a.example|Ada>", "mailto:ada@a.example", "Ada"),
        ("<mailto:ada@a.example>", "mailto:ada@a.example", "ada@a.example"),
        ("https://a.example/x_y_z", "https://a.example/x_y_z", "https://a.example/x_y_z"),
        ("<https://a.example|:tada: &lt;i&gt;>", "https://a.example", "🎉 &lt;i&gt;"),
        ("<https://a.example|see https://b.example>", "https://a.example", "see https://b.example"),
    ],
)
def test_links(text: str, url: str, label: str) -> None:
    """Web and mail addresses become links to a new tab; a label isn't parsed."""
    assert html(text) == A.format(url, label)


def test_bare_addresses() -> None:
    """A bare address ends before punctuation, and stays text if the text is verbatim."""
    link = A.format("https://a.example/b", "https://a.example/b")
    assert html("see (https://a.example/b), *https://a.example/b*.") == f"see ({link}), <b>{link}</b>."
    assert html("see https://a.example/b", verbatim=True) == "see https://a.example/b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<javascript:alert(1)|click>", "click"),
        ("<javascript:alert(1)>", "&lt;javascript:alert(1)&gt;"),
        ("<data:text/html,x>", "&lt;data:text/html,x&gt;"),
        ("<https:// x|label>", "label"),
        ("<script>", "&lt;script&gt;"),
        ('<https://a.example/"onclick="x|y>', A.format("https://a.example/&#34;onclick=&#34;x", "y")),
    ],
)
def test_unsafe_links(text: str, shown: str) -> None:
    """Other addresses stay text, and no address breaks out of its attribute."""
    assert html(text) == shown


AT = datetime(2026, 11, 24, 22, 30, 5, tzinfo=UTC)  # half past eleven at night in Berlin


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{date_num} {time_secs}", "2026-11-24 23:30:05"),
        ("{date} at {time}", "November 24th, 2026 at 23:30"),
        ("{date_short}", "Nov 24, 2026"),
        ("{date_long}", "Tuesday, November 24th, 2026"),
        ("{date_pretty}, {date_short_pretty}, {date_long_pretty}", "yesterday, yesterday, yesterday"),
        ("{ago}", "10 hours ago"),
    ],
)
def test_dates(template: str, words: str) -> None:
    """Slack's placeholders are filled in for the reader's time zone."""
    stamp = int(AT.timestamp())
    expected = f'<time datetime="{AT.isoformat()}">{words}</time>'
    assert html(f"<!date^{stamp}^{template}|then>") == expected
    assert html(f"<!date^{stamp}^{template}^https://a.example|then>") == A.format("https://a.example", expected)


@pytest.mark.parametrize(
    ("at", "pretty", "ago"),
    [
        (NOW, "today", "just now"),
        (NOW.replace(hour=10), "today", "in 1 hour"),
        (NOW.replace(day=26), "tomorrow", "in 1 day"),
        (NOW.replace(day=22), "November 22nd, 2026", "3 days ago"),
        (NOW.replace(day=11), "November 11th, 2026", "14 days ago"),
        (NOW.replace(year=2024, day=3), "November 3rd, 2024", "2 years ago"),
    ],
)
def test_near_dates(at: datetime, pretty: str, ago: str) -> None:
    """Yesterday, today and tomorrow have names, and distances the largest unit that fits."""
    assert format_date(at, "{date_pretty}", UTC, NOW) == pretty
    assert format_date(at, "{ago}", UTC, NOW) == ago


@pytest.mark.parametrize("token", ["!date^1^{nonsense}|then", "!date^99999999999999^{date}|then", "!date^1^no|then"])
def test_date_fallback(token: str) -> None:
    """A date that can't be formatted is shown as its fallback."""
    assert html(f"<{token}>") == "then"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_dates_at_the_edge_of_time(zone: str) -> None:
    """A time that the reader's zone can't represent is shown as its fallback."""
    for stamp in (253402300799, -62135596800):
        shown = mrkdwn(f"<!date^{stamp}^{{date_num}}|then>", Reader({}, ZoneInfo(zone), NOW))
        assert parse(shown).text in ("then", "9999-12-31", "0001-01-01", "1-01-01", "0001-01-01")


def test_emoji() -> None:
    """Names become emoji. Unknown names, times and code stay as they are."""
    assert html(":tada: :+1: :no_such: 12:30:45 `:tada:`") == "🎉 👍 :no_such: 12:30:45 <code>:tada:</code>"
    assert str(plain(":tada:", emoji=False)) == ":tada:"


# ── hostile text ────────────────────────────────────────────────────────────────────────────────────────────────────

SPITEFUL = """\
<script>alert(1)</script> <img/src=x\tonerror=alert(1)> javascript:alert(1) <javascript:alert(1)|x> <!--- ]]> </span>
<https://a.example|<b>> <https://a.example"onmouseover=alert(1)|x> <!date^1^{date}^javascript:x|y> <!date^1^{date}<b>|y>
<@U1"> <!subteam^S1|<b>> &lt;script&gt; &#60;script&#62; &amp;lt; * _ ~ ` ``` > >>> " ' = | : *a* _b_ ~c~ `d` :tada:
https://a.example/ mailto:x"""
texts = st.lists(st.sampled_from([*SPITEFUL.split(), " ", "\n"]) | st.text(max_size=8), max_size=12).map("".join)
ALLOWED = {
    "b": set(),
    "i": set(),
    "s": set(),
    "code": set(),
    "pre": set(),
    "blockquote": set(),
    "span": {"class"},
    "time": {"datetime"},
    "a": {"href", "target", "rel"},
}


def assert_harmless(page: Tag) -> None:
    for each in page.tags:
        assert set(each.attributes) <= ALLOWED[each.name]
        assert re.match(r"https?://|mailto:", each.attributes.get("href", "mailto:"), re.IGNORECASE)
        assert each.name != "a" or each.attributes["rel"] == "noopener noreferrer"


@settings(deadline=None)  # the machine may be busy
@given(texts, st.booleans())
def test_hostile_text_stays_text(text: str, verbatim: bool) -> None:
    """Any text results in known tags and attributes only, and in web and mail links only."""
    assert_harmless(parse(html(text, verbatim)))
    assert not list(parse(str(plain(text))).tags)


@settings(deadline=None)
@given(st.text(st.characters(blacklist_characters=":"), max_size=60) | texts.map(lambda text: text.replace(":", "")))
def test_text_is_not_lost(text: str) -> None:
    """Escaped text is shown unchanged, apart from the signs of the markup."""
    signs = re.compile(r"[*_~`>\s]")
    assert parse(str(plain(escape(text), emoji=False))).text == text
    assert signs.sub("", parse(html(escape(text))).text) == signs.sub("", text)


@pytest.mark.parametrize("part", ["*a ", "<", "`", "*a`", "_*~", "*<a", ">\n", "```", "`a ", ":a", "https://", "*`a` "])
def test_long_text_is_fast(part: str) -> None:
    """No text that Slack accepts takes seconds to render."""
    began = time.process_time()
    html("*" + part * (40_000 // len(part)))
    assert time.process_time() - began < 3
