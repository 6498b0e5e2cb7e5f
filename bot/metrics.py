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

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("jobwatch_assigned_jobs", "Jobs that this worker polls.", self.assigned())
        bulk = "1 while the job list shows which jobs are unchanged, 0 while each job is polled singly."
        yield GaugeMetricFamily("jobwatch_bulk_polling", bulk, int(self.bulk_polling()))
        yield CounterMetricFamily("jobwatch_polls", "Polls of single jobs since the start.", self.polls())
        pages = "Pages of the job list requested since the start."
        yield CounterMetricFamily("jobwatch_job_list_requests", pages, self.job_list_requests())

    def page(self) -> bytes:
        """The metrics as they are now."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)
