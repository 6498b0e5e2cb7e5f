"""The metrics of this process, in the text format of Prometheus. Gets callables; imports nothing else of bot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


@dataclass(frozen=True)
class Readings(Collector):
    """The metrics, each read when the page is requested."""

    assigned: Callable[[], int]
    bulk_polling: Callable[[], bool]
    polls: Callable[[], int]
    job_list_requests: Callable[[], int]
    jobs_service_up: Callable[[], bool]
    login_refused: Callable[[], bool]
    slack_up: Callable[[], bool]

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("jobwatch_assigned_jobs", "Jobs that this worker polls.", self.assigned())
        bulk = "1 while the job list shows which jobs are unchanged, 0 while each job is polled singly."
        yield GaugeMetricFamily("jobwatch_bulk_polling", bulk, int(self.bulk_polling()))
        yield CounterMetricFamily("jobwatch_polls", "Polls of single jobs since the start.", self.polls())
        pages = "Pages of the job list requested since the start."
        yield CounterMetricFamily("jobwatch_job_list_requests", pages, self.job_list_requests())

        up = GaugeMetricFamily(
            "jobwatch_service_up", "0 while the service can't be used, otherwise 1.", labels=["service"]
        )
        up.add_metric(["jobs"], self.jobs_service_up())
        up.add_metric(["slack"], self.slack_up())
        yield up
        refused = "1 once the jobs service has refused the bot's login: correct it and restart."
        yield GaugeMetricFamily("jobwatch_login_refused", refused, int(self.login_refused()))

    def page(self) -> bytes:
        """The metrics as they are now."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)
