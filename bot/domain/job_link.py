"""Where people open a job in a browser."""

from dataclasses import dataclass
from urllib.parse import quote

from bot.domain.job import JobRef


@dataclass(frozen=True)
class JobLink:
    """The address of a job's page: `template` holds `{dataflow}` and may hold `{run}`."""

    template: str

    def url(self, ref: JobRef) -> str:
        """The address of a run's page. An ID can't become more than a part of the path or query."""
        dataflow = quote(ref.dataflow, safe="")
        return self.template.replace("{dataflow}", dataflow).replace("{run}", str(ref.run))
