"""The hosts of the documentation's example."""

import json

import httpx

from bot.demo.informatica.stand_in import DOCUMENTED_JOB
from bot.domain.job import JobRef
from bot.informatica.client import connected

REF = JobRef(DOCUMENTED_JOB["assetId"], DOCUMENTED_JOB["runId"])
LOGIN = "https://dm-us.informaticacloud.com/saas/public/core/v3/login"
JOB = f"https://usw1-ing.dm2-us.informaticacloud.com/sisvc/monitor/v1/jobs/{REF.dataflow}/{REF.run}"
ANSWERS = {
    LOGIN: {
        "products": [{"name": "Integration Cloud", "baseApiUrl": "https://usw1.dm2-us.informaticacloud.com/saas"}],
        "userInfo": {"sessionId": "2l0oeVx22Rujiej7yTokmT"},
    },
    JOB: DOCUMENTED_JOB,
}


async def test_the_documented_hosts_lead_to_each_other() -> None:
    """The documented login host leads to the pod's ingestion host, as in the page's example. The login carries no
    session, and the look-up no password."""
    asked: dict[str, httpx.Request] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        asked[str(request.url)] = request
        return httpx.Response(200, json=ANSWERS[str(request.url)])

    transport = httpx.MockTransport(answer)
    async with connected("https://dm-us.informaticacloud.com", "bot", "pass-word", transport=transport) as service:
        assert (await service.job(REF)).name == "testmonitor"

    assert asked[JOB].headers["IDS-SESSION-ID"] == "2l0oeVx22Rujiej7yTokmT"
    assert "pass-word" not in repr(asked[JOB].headers) + str(asked[JOB].url)
    assert "IDS-SESSION-ID" not in asked[LOGIN].headers
    assert json.loads(asked[LOGIN].content) == {"username": "bot", "password": "pass-word"}
