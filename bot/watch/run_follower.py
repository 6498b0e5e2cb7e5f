"""A poll of a tracked job: of its run or, for a followed job, of the dataflow's current run."""

from collections.abc import Awaitable, Callable

from bot.domain.job import Job, JobRef
from bot.domain.tracked_job import TrackedJob
from bot.informatica.errors import JobsServiceError, LoginRefused, NotAllowed, NotFound, SuccessorUnknown


class RunFollower:
    """Polls through two requests of the jobs service: `get_job` for a run, `current_run` for a dataflow's run."""

    def __init__(
        self, get_job: Callable[[JobRef], Awaitable[Job]], current_run: Callable[[str], Awaitable[JobRef]]
    ) -> None:
        self._get_job = get_job
        self._current_run = current_run

    async def poll(self, tracked: TrackedJob) -> Job:
        """The job as it is now. Raises `JobsServiceError`.

        A run that ended or is missing may have a successor. Ask for it first, so that a redeployment isn't reported
        as an end and a beginning.
        """
        try:
            result: Job | NotFound = await self._get_job(tracked.ref)
        except NotFound as error:
            result = error
        has_ended = isinstance(result, NotFound) or result.status.status_class.is_inactive
        if tracked.followed and has_ended and (current := await self._current(tracked)) != tracked.ref:
            return await self._get_job(current)
        if isinstance(result, NotFound):
            raise result
        return result

    async def _current(self, tracked: TrackedJob) -> JobRef:
        try:
            return await self._current_run(tracked.ref.dataflow)
        except (NotFound, NotAllowed):  # the service doesn't say: keep the tracked run
            return tracked.ref
        except LoginRefused:
            raise
        except JobsServiceError as error:  # the service works: the jobs resource has just answered
            raise SuccessorUnknown(status=error.status, code=error.code, detail=str(error)) from error
