"""A look at a watched job: at its run, or, of a job that is followed, at the run that it has now."""

from collections.abc import Awaitable, Callable

from bot.domain.job import Job, JobRef, StatusClass
from bot.domain.tracked_job import TrackedJob
from bot.informatica.errors import NotAllowed, NotFound

_OVER = (StatusClass.UNDEPLOYED, StatusClass.STOPPED)


class RunFollower:
    """`look` asks the jobs service for one run, `current_run` for the run that a dataflow has now."""

    def __init__(
        self, look: Callable[[JobRef], Awaitable[Job]], current_run: Callable[[str], Awaitable[JobRef]]
    ) -> None:
        self._look = look
        self._current_run = current_run

    async def look(self, known: TrackedJob) -> Job:
        """The job as it is now. A run that is over, or is not there any more, may have a successor: that is asked for
        before the end is told, so that a redeployment is not an end and a beginning. Raises JobsServiceError."""
        try:
            seen: Job | NotFound = await self._look(known.ref)
        except NotFound as error:
            seen = error
        is_over = isinstance(seen, NotFound) or seen.status.status_class in _OVER
        if known.followed and is_over and (now := await self._now(known)) != known.ref:
            return await self._look(now)
        if isinstance(seen, NotFound):
            raise seen
        return seen

    async def _now(self, known: TrackedJob) -> JobRef:
        try:
            return await self._current_run(known.ref.dataflow)
        except (NotFound, NotAllowed):  # nobody says which run it has: the one that is known is all there is
            return known.ref
