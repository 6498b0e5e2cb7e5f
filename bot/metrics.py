"""What an operator's monitoring reads, in the text format of Prometheus. Is handed callables; knows nothing else of the
bot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


@dataclass(frozen=True)
class Readings(Collector):
    """All figures of this process, each read when somebody asks."""

    watched: Callable[[], int]
    by_list: Callable[[], bool]
    looks: Callable[[], int]
    list_requests: Callable[[], int]

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("jobwatch_watched_jobs", "Jobs that this worker watches.", self.watched())
        by_list = "1 while the list shows which jobs are unchanged, 0 while each is looked at singly."
        yield GaugeMetricFamily("jobwatch_watching_by_list", by_list, int(self.by_list()))
        yield CounterMetricFamily("jobwatch_looks", "Single looks at watched jobs since the start.", self.looks())
        pages = "Pages of the organisation's list asked for since the start."
        yield CounterMetricFamily("jobwatch_list_requests", pages, self.list_requests())

    def page(self) -> bytes:
        """The figures as they are now."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)
