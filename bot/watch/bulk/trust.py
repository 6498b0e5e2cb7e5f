"""How far the organisation's list is believed: by what it said of jobs that were also looked up singly. Pure."""

from dataclasses import dataclass, field

# Rounds without a lie before the list is believed. Each time it is caught, the next proof takes twice as many: a list
# that is often late is hardly ever believed.
_PROOF = 5
_LONGEST_PROOF = 160


@dataclass
class Trust:
    """What the checks so far say. A round is the time from one list to the next; a check is a single look at a job,
    compared with the latest list. `suspects` are the jobs whose last check disagreed: a list that is a moment behind
    is right about them in the next round, so only a second one in succession is a lie."""

    suspects: set[int] = field(default_factory=set)
    proof: int = _PROOF
    proven: int = 0
    _checks: int = 0
    _lied: bool = False
    _unchecked: bool = True

    @property
    def is_trusted(self) -> bool:
        """Whether jobs that the list shows unchanged need no look of their own. Not after a round without a check: what
        nobody can compare with the jobs resource is not believed."""
        return self.proven >= self.proof and not self._unchecked

    def check(self, id: int, *, agrees: bool) -> bool:
        """A job was looked up singly: whether the list said the same. True if that ends the trust.

        To be called once a job and round: a second look may see what came after the list.
        """
        self._checks += 1
        if agrees:
            self.suspects.discard(id)
            return False
        if id not in self.suspects:
            self.suspects.add(id)
            return False
        was_proven = self.proven >= self.proof
        self._lied, self.proven = True, 0
        if was_proven:
            self.proof = min(2 * self.proof, _LONGEST_PROOF)
        return was_proven

    def end_round(self) -> bool:
        """The next list came. Whether the last one was caught in no lie."""
        was_honest = not self._lied
        self.proven += was_honest and self._checks > 0
        self._unchecked = self._checks == 0
        self._checks, self._lied = 0, False
        return was_honest
