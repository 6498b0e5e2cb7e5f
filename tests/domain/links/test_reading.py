"""Links to jobs, read back."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import Dataflow, JobLink, JobRef
from bot.domain.links.reading import LinkReader
from tests.cast import ORDERS

_TEMPLATES = st.sampled_from(
    [
        "https://x.test/{dataflow}",
        "https://x.test/monitor/{dataflow}/{run}/",
        "https://x.test:8443/jobs?view=all&id={dataflow}&run={run}",
        "http://x.test/#/jobs/{dataflow}?run={run}",
        "https://x.test/{dataflow}?run={run}&id={dataflow}",
    ]
)
_REFS = st.builds(JobRef, st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z"), st.integers(1, 10**18 - 1))


@given(_TEMPLATES, _REFS, st.sampled_from(["", "/", "?tab=1", "&tab=1", "#top"]))
def test_a_link_leads_back_to_its_job(template: str, ref: JobRef, more: str) -> None:
    """A link as the bot makes it is read as the same job, and what else stands behind it leads to no other one."""
    link = JobLink(template)
    expected = ref if "{run}" in template else Dataflow(ref.dataflow)
    assert LinkReader(link).read(link.url(ref)) == expected
    assert LinkReader(link).read(link.url(ref) + more) in (expected, None)


@given(_TEMPLATES, st.text(max_size=200) | st.from_regex(r"https?://[a-z.@:\[\]%/?#&={}\d-]*"))
def test_any_text_is_read(template: str, url: str) -> None:
    """Whatever people paste, it raises nothing and leads to no other server."""
    read = LinkReader(JobLink(template)).read(url)
    assert read is None or "x.test" in url.lower()


def test_what_is_a_link_to_a_job() -> None:
    """Scheme, host, port and path must be the same; a slash, parameters and their order make no difference."""
    reader = LinkReader(JobLink("https://jobs.test/monitor/{dataflow}?view=job&run={run}"))
    for url, expected in {
        "https://jobs.test/monitor/f1?view=job&run=7": JobRef("f1", 7),
        "https://JOBS.test:443/monitor/f1/?a=b&run=007&view=job#top": JobRef("f1", 7),
        "https://jobs.test/monitor/f1?view=job": Dataflow("f1"),
        "https://jobs.test/monitor/f1": None,  # another view
        "https://jobs.test/monitor/f1?view=job&run=": None,
        "https://jobs.test/monitor/f1?view=job&run=7&run=8": None,
        "https://jobs.test/monitor/f1?view=job&run=99999999999999999999": None,
        "https://jobs.test/monitor/f1/edit?view=job": None,
        "https://jobs.test/monitor/..%2Fadmin?view=job": None,
        "https://jobs.test/monitor/" + "f" * 65 + "?view=job": None,
        "https://jobs.test/Monitor/f1?view=job": None,
        "https://jobs.test.evil.example/monitor/f1?view=job": None,
        "https://evil.example/jobs.test/monitor/f1?view=job": None,
        "https://jobs.test@evil.example/monitor/f1?view=job": None,
        "https://me:secret@jobs.test/monitor/f1?view=job": None,
        "https://jobs.test:8443/monitor/f1?view=job": None,
        "https://jobs.test:x/monitor/f1?view=job": None,
        "https://jobs.te\tst/monitor/f1?view=job": None,
        "http://jobs.test/monitor/f1?view=job": None,
        "//jobs.test/monitor/f1?view=job": None,
        "https://jobs.test/monitor/f1?view=job&" + "a=b&" * 1_000: None,
    }.items():
        assert reader.read(url) == expected, url


def test_one_link_names_one_job() -> None:
    """If the template names the job twice, both must be the same."""
    reader = LinkReader(JobLink("https://jobs.test/{dataflow}?id={dataflow}"))
    assert reader.read(f"https://jobs.test/{ORDERS.dataflow}?id={ORDERS.dataflow}") == Dataflow(ORDERS.dataflow)
    assert reader.read("https://jobs.test/f1?id=f2") is None
