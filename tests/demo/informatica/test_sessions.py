"""The sessions of the stand-in of the jobs service: both kinds, and the older log-in alone."""

import base64
import json

import aiohttp
import pytest

from bot.demo.informatica.stand_in import DOCUMENTED_JOB, Fault, JobsServiceStandIn, served
from tests.demo.informatica.clock import Clock

GOOD = {"username": "jobwatch", "password": "open-sesame"}
V3 = "/saas/public/core/v3/login"
V1 = "/identity-service/api/v1/Login"
JOB = f"/sisvc/monitor/v1/jobs/{DOCUMENTED_JOB['assetId']}/{DOCUMENTED_JOB['runId']}"


async def test_a_jwt_ends_whatever_use_is_made_of_it() -> None:
    """A JWT says when it ends, and ends then, though it was used all the time; another kind goes on."""
    clock = Clock()
    standin = JobsServiceStandIn(clock=clock)
    standin.log_in.sessions.jwt_life = 100
    async with served(standin) as url, aiohttp.ClientSession(url) as http:
        async with http.post(V3, json=GOOD) as answer:
            session_id = (await answer.json())["userInfo"]["sessionId"]
        part = session_id.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        assert claims["exp"] - claims["iat"] == pytest.approx(100)
        assert len(session_id.split(".")) == 3
        found = []
        for _ in range(5):
            async with http.get(JOB, headers={"IDS-SESSION-ID": session_id}) as answer:
                found.append(answer.status)
            clock.now += 30
    assert found == [200, 200, 200, 200, 401]


async def test_version_3_may_be_absent() -> None:
    """In the place of version 3 stands nothing, another method or a page; version 1 is there, and nobody was judged."""
    standin = JobsServiceStandIn()
    async with served(standin) as url, aiohttp.ClientSession(url) as http:
        for absent, status in ((Fault.NOT_FOUND, 404), (Fault.METHOD, 405), (Fault.HTML, 200)):
            standin.log_in.v3_absent = absent
            async with http.post(V3, json=GOOD) as answer:
                assert answer.status == status
                assert "sessionId" not in await answer.text()
        assert standin.logins == []
        async with http.post(V1, json=GOOD) as answer:
            body = await answer.json()
    assert body["sessionId"] in standin.sessions
    assert "baseApiUrl" not in str(body)
    assert [seen.path for seen in standin.requests] == [V3, V3, V3, V1]
