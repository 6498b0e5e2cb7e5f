"""Logs: their format, their levels, and the secrets that must not appear in them."""

import contextlib
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import stamina
import structlog

from bot.fault_log import FaultLog
from bot.logs import set_up_logging

SECRET = "xoxb-SECRET-MARK"
QUOTED = 'pa"ss\\wörd'  # repr and JSON spell it differently
LIBRARIES = ("apscheduler", "uvicorn", "httpx", "httpcore", "aiosqlite", "alembic", "asyncio")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Restore the logging of the process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*LIBRARIES, "stamina", "uvicorn.error")}
    config = structlog.get_config()
    yield
    root.handlers[:], root.level = handlers, level
    for name, its in levels.items():
        logging.getLogger(name).setLevel(its)
    structlog.configure(**config)


class Odd:
    def __repr__(self) -> str:
        return f"Odd({SECRET})"


def _fails() -> None:
    try:
        raise ValueError(f"inner {SECRET}")
    except ValueError as error:
        raise RuntimeError(f"outer {SECRET}") from error


def _log_everywhere(ours: Any, theirs: logging.Logger) -> None:
    """Log the secret in every way in which it could get into a log."""
    ours.info(f"in the event: {SECRET}")
    ours.info("in a value", token=SECRET, url=f"https://x.example/?t={SECRET}&x=1")
    ours.info("deep", nested={"a": [{"b": (SECRET, [SECRET])}]}, odd=Odd(), raw=SECRET.encode())
    ours.bind(bound=SECRET).warning("bound")
    theirs.info("in an argument %s", SECRET)
    theirs.info("in two %s %r", SECRET, {"t": SECRET})
    theirs.error("with a stack", stack_info=True, extra={"token": SECRET})
    theirs.info(f"in the message: {SECRET}")
    structlog.contextvars.bind_contextvars(where=SECRET)
    ours.info("in the context")
    structlog.contextvars.clear_contextvars()
    try:
        _fails()
    except RuntimeError:
        ours.exception("ours failed")
        theirs.exception("theirs failed")


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_gets_through(form: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret is redacted in events, in values at any depth, in exceptions and in the libraries' events."""
    set_up_logging("DEBUG", form, [SECRET, "xoxb"])
    _log_everywhere(structlog.get_logger("ours"), logging.getLogger("theirs"))
    written = capsys.readouterr()
    assert written.out == ""
    assert "SECRET-MARK" not in written.err
    assert written.err.count("[secret]") >= 15
    assert "RuntimeError: outer [secret]" in written.err.replace("\\n", "\n")


def test_json_is_one_object_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A line is one event, whatever its values contain: no value can forge a second event."""
    set_up_logging("INFO", "json", [SECRET])
    ours, theirs = structlog.get_logger("ours"), logging.getLogger("theirs")
    ours.info("two\nlines", value='a\n{"event": "forged"}\r\n\u2028x', odd=Odd(), none=None, number=1.5, flag=True)
    theirs.warning("three %s", '\n{"event": "forged"}')
    try:
        _fails()
    except RuntimeError:
        ours.exception("failed")
    lines = capsys.readouterr().err.splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["event"] for event in events] == ["two\nlines", 'three \n{"event": "forged"}', "failed"]
    assert [event["level"] for event in events] == ["info", "warning", "error"]
    assert [event["logger"] for event in events] == ["ours", "theirs", "ours"]
    assert all(event["timestamp"].endswith("Z") for event in events)
    assert (events[0]["none"], events[0]["number"], events[0]["flag"]) == (None, 1.5, True)
    assert "RuntimeError" in events[2]["exception"]


def test_a_traceback_shows_no_variables(capsys: pytest.CaptureFixture[str]) -> None:
    """A traceback doesn't show the values of variables, which may be passwords."""
    set_up_logging("INFO", "text")

    def fails(password: str) -> None:
        length = len(password)
        raise RuntimeError(f"boom {length}")

    given = "hunter" + "22"
    try:
        fails(given)
    except RuntimeError:
        structlog.get_logger("ours").exception("failed")
    written = capsys.readouterr().err
    assert "boom 8" in written
    assert "hunter22" not in written


def test_off_a_terminal_the_log_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a chosen format, a log that doesn't go to a terminal is JSON."""
    set_up_logging("INFO", None)
    structlog.get_logger("ours").info("hello")
    assert json.loads(capsys.readouterr().err)["event"] == "hello"


@pytest.mark.parametrize(("level", "seen"), [("DEBUG", 4), ("INFO", 3), ("WARNING", 2), ("ERROR", 1)])
def test_one_level_for_all(level: str, seen: int, capsys: pytest.CaptureFixture[str]) -> None:
    """LOG_LEVEL applies to our events and to the libraries'."""
    set_up_logging(level, "json")
    for logger in (structlog.get_logger("ours"), logging.getLogger("theirs")):
        for word in ("debug", "info", "warning", "error"):
            getattr(logger, word)("x")
    assert len(capsys.readouterr().err.splitlines()) == 2 * seen


@pytest.mark.parametrize(("level", "seen"), [("DEBUG", 2), ("WARNING", 2), ("ERROR", 1)])
def test_libraries_do_not_drown_our_events(level: str, seen: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A library's event for every tick or request is not logged at any level; its warnings are."""
    set_up_logging(level, "json")
    for name in LIBRARIES:
        for word in ("debug", "info", "warning", "error"):
            getattr(logging.getLogger(name), word)("x")
        assert len(capsys.readouterr().err.splitlines()) == seen, name


def test_strangers_write_no_log(capsys: pytest.CaptureFixture[str]) -> None:
    """What isn't HTTP, or asks for a protocol that the bot doesn't speak, is no news; faults of the server are."""
    set_up_logging("DEBUG", "json")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert capsys.readouterr().err == ""
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_fault_that_lasts_is_logged_when_it_begins_and_when_it_ends() -> None:
    """However many attempts of a loop fail, the log has one line of the fault and one of its end; the next fault is
    another."""
    with structlog.testing.capture_logs() as lines:
        faults = FaultLog(structlog.get_logger("ours"), "it works again")
        for _ in range(2):
            faults.note_success()
            for number in range(3):
                faults.note_fault("it failed", number=number)
            faults.note_success()
    assert [(line["event"], line.get("number")) for line in lines] == 2 * [("it failed", 0), ("it works again", None)]


def test_retries_are_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    """A loop that retries says itself what failed; the library that it retries with does not, at every attempt."""
    set_up_logging("INFO", "json")
    with stamina.set_testing(True, attempts=3), contextlib.suppress(ValueError):
        for attempt in stamina.retry_context(on=ValueError):
            with attempt:
                raise ValueError
    assert capsys.readouterr().err == ""


def test_a_very_short_secret_does_not_blank_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """A secret of up to three letters is not redacted: that would make every line unreadable."""
    set_up_logging("INFO", "json", ["", "e", "abc"])
    structlog.get_logger("ours").info("hello abc")
    assert json.loads(capsys.readouterr().err)["event"] == "hello abc"


def test_one_secret_inside_another_leaves_no_rest(capsys: pytest.CaptureFixture[str]) -> None:
    """If one secret contains another, the longer one is redacted first, so no tail remains."""
    set_up_logging("INFO", "json", ["xoxb-1", "xoxb-1-tail"])
    structlog.get_logger("ours").info("a xoxb-1-tail b xoxb-1")
    assert json.loads(capsys.readouterr().err)["event"] == "a [secret] b [secret]"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_in_another_spelling(form: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret with quotes and backslashes is redacted as repr or JSON spell it, too, and as the key of a dict."""
    set_up_logging("INFO", form, [QUOTED])
    ours = structlog.get_logger("ours")
    ours.info("got", error=KeyError(QUOTED), body=json.dumps({"a": QUOTED}), keys={QUOTED: 1, (QUOTED, 2): 3})
    logging.getLogger("theirs").warning("got %r", [QUOTED])
    try:
        raise KeyError(QUOTED)
    except KeyError:
        ours.exception("failed")
    written = capsys.readouterr().err
    assert written.count("[secret]") >= 6
    assert not [trace for trace in ('a"ss', 'a\\"ss', "wörd", "w\\u00f6rd") if trace in written]
