import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.logs import set_up_logging

SECRET = 'pa"ss\\wörd'


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**config)


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.usefixtures("logging_as_before")
def test_a_secret_in_another_spelling(form: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret of quotes and backslashes is replaced as a repr or JSON spells it too, and as the key of a dict."""
    set_up_logging("INFO", form, [SECRET])
    ours = structlog.get_logger("ours")
    ours.info("got", error=KeyError(SECRET), body=json.dumps({"a": SECRET}), keys={SECRET: 1, (SECRET, 2): 3})
    logging.getLogger("theirs").warning("got %r", [SECRET])
    try:
        raise KeyError(SECRET)
    except KeyError:
        ours.exception("failed")
    written = capsys.readouterr().err
    assert written.count("[secret]") >= 6
    assert not [trace for trace in ('a"ss', 'a\\"ss', "wörd", "w\\u00f6rd") if trace in written]
