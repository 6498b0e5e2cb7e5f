"""The hosts of the documentation's example."""

import json

import httpx
import respx

from bot.demo.informatica.stand_in import DOCUMENTED_JOB
from bot.domain.job import JobRef
from bot.informatica.client import connected

REF = JobRef(DOCUMENTED_JOB["assetId"], DOCUMENTED_JOB["runId"])


async def test_the_documented_hosts_lead_to_each_other(respx_mock: respx.MockRouter) -> None:
    """The documented login host leads to the pod's ingestion host, as in the page's example. The login carries no
    session, and the look-up no password."""
    login = respx_mock.post("https://dm-us.informaticacloud.com/saas/public/core/v3/login").respond(
        json={
            "products": [{"name": "Integration Cloud", "baseApiUrl": "https://usw1.dm2-us.informaticacloud.com/saas"}],
            "userInfo": {"sessionId": "2l0oeVx22Rujiej7yTokmT"},
        }
    )
    look_up = respx_mock.get(
        f"https://usw1-ing.dm2-us.informaticacloud.com/sisvc/monitor/v1/jobs/{REF.dataflow}/{REF.run}"
    ).respond(json=DOCUMENTED_JOB)

    async with connected("https://dm-us.informaticacloud.com", "bot", "pass-word") as service:
        assert (await service.job(REF)).name == "testmonitor"

    asked: httpx.Request = look_up.calls.last.request
    assert asked.headers["IDS-SESSION-ID"] == "2l0oeVx22Rujiej7yTokmT"
    assert "pass-word" not in repr(asked.headers) + str(asked.url)
    entered: httpx.Request = login.calls.last.request
    assert "IDS-SESSION-ID" not in entered.headers
    assert json.loads(entered.content) == {"username": "bot", "password": "pass-word"}
