import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.job import JobRef, Status, StatusClass
from tests.cast import ORDERS, job

_DOCUMENTED = {
    "Deploying": StatusClass.DEPLOYING,
    "Up and Running": StatusClass.HEALTHY,
    "Running with Warning": StatusClass.WARNING,
    "Running with Error": StatusClass.ERROR,
    "Undeployed": StatusClass.UNDEPLOYED,
    "Stopped": StatusClass.STOPPED,
}


@pytest.mark.parametrize(("words", "kind"), _DOCUMENTED.items())
@pytest.mark.parametrize(
    "spelled",
    [
        str,
        str.upper,
        str.lower,
        str.title,
        lambda w: w.upper().replace(" ", "_"),
        lambda w: w.replace(" ", "-"),
        lambda w: w.replace(" ", ""),
    ],
    ids=["as documented", "upper", "lower", "title", "CONSTANT", "hyphens", "joined"],
)
def test_a_documented_status_is_known_in_every_spelling(words: str, kind: StatusClass, spelled: object) -> None:
    """The API's spelling may differ from its page's: it is the same status, in the documented words."""
    assert callable(spelled)
    status = Status.of(spelled(words))
    assert status == Status.of(words)
    assert hash(status) == hash(Status.of(words))
    assert (status.words, status.status_class) == (words, kind)


_BLANKS = st.text(" \t\n\u00a0_-", max_size=3)


@given(st.sampled_from(sorted(_DOCUMENTED)), st.data())
def test_blanks_and_case_do_not_matter(words: str, data: st.DataObject) -> None:
    """However a status is padded, joined and capitalised, it stays the same."""
    parts = [data.draw(st.sampled_from([word, word.upper(), word.lower()])) for word in words.split()]
    joints = st.text(" \t\u00a0_-", max_size=3)
    raw = data.draw(_BLANKS) + parts[0] + "".join(data.draw(joints) + p for p in parts[1:]) + data.draw(_BLANKS)
    assert Status.of(raw) == Status.of(words)
    assert Status.of(raw).words == words


@given(st.text())
def test_an_unknown_word_is_never_healthy(raw: str) -> None:
    """Any word that the documentation does not list is unknown and shown as itself."""
    status = Status.of(raw)
    assume(status not in map(Status.of, _DOCUMENTED))
    assert status.status_class is StatusClass.UNKNOWN
    assert status.words == raw.strip()
    assert Status.of(status.raw) == status


@pytest.mark.parametrize("raw", ["Up and Running!", "Running", "Up", "Running with Errors", "", "Stoppedx"])
def test_what_only_resembles_a_documented_status_is_unknown(raw: str) -> None:
    """Nothing is guessed: a resemblance is no status."""
    assert Status.of(raw).status_class is StatusClass.UNKNOWN


def test_the_worst_is_the_least_severe_number() -> None:
    """The order of the classes is the order in which people need to see them."""
    worst_first = sorted(StatusClass, key=lambda kind: kind.severity)
    assert worst_first[0] is StatusClass.ERROR
    assert worst_first[-1] is StatusClass.HEALTHY
    assert len({kind.severity for kind in StatusClass}) == len(StatusClass)


def test_a_job_is_called_by_its_name() -> None:
    """A job without a name is called by its reference."""
    assert job().title == "orders"
    assert job(name=None).title == str(ORDERS) == "1948938e-3923-4602-aba8-f122e3d66faf/42559"
    assert job(name="").title == str(ORDERS)


def test_references_have_an_order() -> None:
    """Jobs of the same title are listed in the same order every time."""
    assert JobRef("a", 2) < JobRef("a", 10) < JobRef("b", 1)


def test_spellings_of_a_status() -> None:
    """Separators around a status, or none within it, do not make it an unknown one."""
    for raw in ("_STOPPED-", "RunningWithError", " running_-_with error_"):
        assert Status.of(raw).status_class in (StatusClass.STOPPED, StatusClass.ERROR)
