"""Trust in the job list, earned by what it said about jobs that were also polled singly. Pure."""

from dataclasses import dataclass, field

# Rounds without a contradiction before the list is trusted. After each lost trust, regaining it takes twice as many: a
# list that is often late is hardly ever trusted.
_PROOF = 5
_MAX_PROOF = 160


@dataclass
class Trust:
    """The result of the checks so far. A round lasts from one job list to the next; a check compares a single poll
    with the latest list.

    `suspects` are the jobs whose last check disagreed. A list that is only a moment behind is right about them in the
    next round, so only a second disagreement in a row counts as a contradiction.
    """

    suspects: set[int] = field(default_factory=set)
    proof: int = _PROOF
    proven: int = 0
    _checks: int = 0
    _contradicted: bool = False
    _unchecked: bool = True

    @property
    def is_trusted(self) -> bool:
        """Whether jobs that the list shows unchanged need no poll. Not after a round without a check: a list that
        can't be compared with polls isn't trusted."""
        return self.proven >= self.proof and not self._unchecked

    def check(self, id: int, *, agrees: bool) -> bool:
        """Note whether the list agreed with the single poll of a job; return True if that ends the trust.

        Call it once per job and round: a second poll may see what came after the list.
        """
        self._checks += 1
        if agrees:
            self.suspects.discard(id)
            return False
        if id not in self.suspects:
            self.suspects.add(id)
            return False
        was_proven = self.proven >= self.proof
        self._contradicted, self.proven = True, 0
        if was_proven:
            self.proof = min(2 * self.proof, _MAX_PROOF)
        return was_proven

    def end_round(self) -> bool:
        """Begin the next round; return whether the last one had no contradiction."""
        was_honest = not self._contradicted
        self.proven += was_honest and self._checks > 0
        self._unchecked = self._checks == 0
        self._checks, self._contradicted = 0, False
        return was_honest
