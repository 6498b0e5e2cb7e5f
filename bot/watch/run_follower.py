"""A look at a watched job: at its run, or, of a job that is followed, at the run that it has now."""

from collections.abc import Awaitable, Callable

from bot.domain.job import Job, JobRef, StatusClass
from bot.domain.tracked_job import TrackedJob
from bot.informatica.errors import NotAllowed, NotFound

_OVER = (StatusClass.UNDEPLOYED, StatusClass.STOPPED)


class RunFollower:
    """`look` asks the jobs service for one run, `current_run` for the run that a dataflow has now."""

    def __init__(
        self, poll: Callable[[JobRef], Awaitable[Job]], current_run: Callable[[str], Awaitable[JobRef]]
    ) -> None:
        self._poll = poll
        self._current_run = current_run

    async def poll(self, tracked: TrackedJob) -> Job:
        """The job as it is now. A run that is over, or is not there any more, may have a successor: that is asked for
        before the end is told, so that a redeployment is not an end and a beginning. Raises JobsServiceError."""
        try:
            seen: Job | NotFound = await self._poll(tracked.ref)
        except NotFound as error:
            seen = error
        is_over = isinstance(seen, NotFound) or seen.status.status_class in _OVER
        if tracked.followed and is_over and (now := await self._now(tracked)) != tracked.ref:
            return await self._poll(now)
        if isinstance(seen, NotFound):
            raise seen
        return seen

    async def _now(self, tracked: TrackedJob) -> JobRef:
        try:
            return await self._current_run(tracked.ref.dataflow)
        except (NotFound, NotAllowed):  # nobody says which run it has: the one that is known is all there is
            return tracked.ref
