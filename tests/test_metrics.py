"""The figures for an operator's monitoring."""

from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import CONTENT_TYPE, Readings


def test_the_figures_are_those_of_this_moment() -> None:
    """Each figure is read when the page is asked for, and the page is in the format that its content type names."""
    looks = 7
    readings = Readings(watched=lambda: 5000, by_list=lambda: True, looks=lambda: looks, list_requests=lambda: 51)
    readings.page()
    looks = 8
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(readings.page().decode())
        for sample in family.samples
    }
    assert found == {
        "jobwatch_watched_jobs": 5000,
        "jobwatch_watching_by_list": 1,
        "jobwatch_looks_total": 8,
        "jobwatch_list_requests_total": 51,
    }
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")
