"""The metrics."""

from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import CONTENT_TYPE, Readings


def test_metrics_are_read_at_each_request() -> None:
    """Each metric is read when the page is requested, and the page is in the format of its content type."""
    polls = 7
    readings = Readings(
        assigned=lambda: 5000,
        bulk_polling=lambda: True,
        polls=lambda: polls,
        job_list_requests=lambda: 51,
        jobs_service_up=lambda: False,
        login_refused=lambda: True,
        slack_up=lambda: True,
    )
    readings.page()
    polls = 8
    found = {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(readings.page().decode())
        for sample in family.samples
    }
    assert found == {
        "jobwatch_assigned_jobs": 5000,
        "jobwatch_bulk_polling": 1,
        "jobwatch_polls_total": 8,
        "jobwatch_job_list_requests_total": 51,
        "jobwatch_service_up jobs": 0,
        "jobwatch_service_up slack": 1,
        "jobwatch_login_refused": 1,
    }
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")
