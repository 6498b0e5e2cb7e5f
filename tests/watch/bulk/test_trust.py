"""How far the list is believed."""

from hypothesis import given
from hypothesis import strategies as st

from bot.watch.bulk.trust import Trust

_JOBS = st.integers(0, 5)
_ROUNDS = st.lists(st.dictionaries(_JOBS, st.booleans()), max_size=60)


def proven() -> Trust:
    trust = Trust()
    for _ in range(trust.proof):
        honest_round(trust)
    return trust


def honest_round(trust: Trust, id: int = 1) -> None:
    trust.check(id, agrees=True)
    trust.end_round()


def test_a_list_is_believed_after_five_honest_rounds() -> None:
    """A new list has to prove itself first."""
    trust = Trust()
    for _ in range(5):
        assert not trust.is_trusted
        honest_round(trust)
    assert trust.is_trusted


def test_a_list_that_is_a_moment_behind_is_not_accused() -> None:
    """One disagreement about a job, and agreement in the next round, is no lie; however often it happens."""
    trust = proven()
    for _ in range(10):
        assert not trust.check(1, agrees=False)
        trust.end_round()
        assert trust.is_trusted
        assert trust.suspects == {1}
        honest_round(trust)
        assert trust.suspects == set()
    assert trust.is_trusted


def test_a_disagreement_that_lasts_ends_the_trust_at_once() -> None:
    """The second disagreement in succession about one job is a lie; about two jobs it is not."""
    trust = proven()
    assert not trust.check(1, agrees=False)
    trust.end_round()
    assert not trust.check(2, agrees=False)
    assert trust.is_trusted
    assert trust.check(1, agrees=False)
    assert not trust.is_trusted


def test_what_nobody_can_check_is_not_believed() -> None:
    """After a round without a check the list is not believed, until it was checked again."""
    trust = proven()
    trust.end_round()
    assert not trust.is_trusted
    honest_round(trust)
    assert trust.is_trusted


def test_each_lie_makes_the_next_proof_longer() -> None:
    """A list that is caught again and again is believed ever more rarely, but at last an hour and a half later."""
    trust, lengths = Trust(), []
    for _ in range(7):
        rounds = 0
        while not trust.is_trusted:
            honest_round(trust)
            rounds += 1
        lengths.append(rounds)
        trust.check(2, agrees=False)
        trust.check(2, agrees=False)
        trust.suspects.clear()
        trust.end_round()
    assert lengths == [5, 10, 20, 40, 80, 160, 160]


def test_a_lie_before_the_proof_only_begins_it_anew() -> None:
    """A list that was not believed yet takes as long as ever, from its last lie on."""
    trust = Trust()
    for _ in range(3):
        assert not trust.check(1, agrees=False)
        trust.end_round()
        assert not trust.check(1, agrees=False)
        assert not trust.end_round()
        honest_round(trust)
    assert trust.proof == 5
    assert not trust.is_trusted


@given(_ROUNDS)
def test_whatever_the_checks_say(rounds: list[dict[int, bool]]) -> None:
    """The list is believed only if for as many rounds as its proof takes no job disagreed twice in succession, and the
    last round had a check."""
    trust, last, honest = Trust(), dict[int, bool](), 0
    for checks in rounds:
        for id, agrees in checks.items():
            lied = not agrees and last.get(id) is False
            trust.check(id, agrees=agrees)
            last[id] = agrees
            if lied:
                honest = -1
                assert not trust.is_trusted
        trust.end_round()
        honest = 0 if honest < 0 else honest + bool(checks)
        assert trust.is_trusted == (honest >= trust.proof and bool(checks))
        assert trust.suspects == {id for id, agrees in last.items() if not agrees}
