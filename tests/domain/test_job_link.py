from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import JobLink, JobRef
from tests.cast import ORDERS


def test_the_address_of_a_run() -> None:
    """Both placeholders are filled in, wherever they stand and as often as they do."""
    link = JobLink("https://x.test/{dataflow}?run={run}&id={dataflow}")
    assert link.url(ORDERS) == f"https://x.test/{ORDERS.dataflow}?run={ORDERS.run}&id={ORDERS.dataflow}"


@given(st.text(min_size=1), st.integers(1, 10**18))
def test_an_id_stays_in_its_place(dataflow: str, run: int) -> None:
    """Whatever an ID contains, it leads to the organisation's host and adds no other parameter."""
    link = JobLink("https://x.test/jobs?id={dataflow}&run={run}")
    parts = urlsplit(link.url(JobRef(dataflow.replace("\ud800", "?"), run)))
    assert (parts.netloc, parts.path, parts.fragment) == ("x.test", "/jobs", "")
    assert parse_qs(parts.query) == {"id": [dataflow], "run": [str(run)]}
