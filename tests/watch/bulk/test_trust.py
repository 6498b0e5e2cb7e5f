"""When the job list is trusted."""

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


def test_a_list_is_trusted_after_five_honest_rounds() -> None:
    """A new list has to prove itself for five rounds."""
    trust = Trust()
    for _ in range(5):
        assert not trust.is_trusted
        honest_round(trust)
    assert trust.is_trusted


def test_a_list_that_is_a_moment_behind_keeps_its_trust() -> None:
    """A disagreement about a job followed by agreement in the next round is no contradiction, however often."""
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
    """A second disagreement in a row about one job ends the trust; about two jobs it doesn't."""
    trust = proven()
    assert not trust.check(1, agrees=False)
    trust.end_round()
    assert not trust.check(2, agrees=False)
    assert trust.is_trusted
    assert trust.check(1, agrees=False)
    assert not trust.is_trusted


def test_an_unchecked_list_is_not_trusted() -> None:
    """After a round without a check the list isn't trusted until it was checked again."""
    trust = proven()
    trust.end_round()
    assert not trust.is_trusted
    honest_round(trust)
    assert trust.is_trusted


def test_each_contradiction_makes_the_next_proof_longer() -> None:
    """After each contradiction trust takes twice as many rounds, 160 at most."""
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


def test_a_contradiction_before_the_proof_only_restarts_it() -> None:
    """A list that isn't trusted yet needs as many rounds as before, from its last contradiction on."""
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
def test_trust_follows_the_checks(rounds: list[dict[int, bool]]) -> None:
    """The list is trusted only if no job disagreed twice in a row for as many rounds as the proof takes, and the last
    round had a check."""
    trust, last, honest = Trust(), dict[int, bool](), 0
    for checks in rounds:
        for id, agrees in checks.items():
            contradicted = not agrees and last.get(id) is False
            trust.check(id, agrees=agrees)
            last[id] = agrees
            if contradicted:
                honest = -1
                assert not trust.is_trusted
        trust.end_round()
        honest = 0 if honest < 0 else honest + bool(checks)
        assert trust.is_trusted == (honest >= trust.proof and bool(checks))
        assert trust.suspects == {id for id, agrees in last.items() if not agrees}
