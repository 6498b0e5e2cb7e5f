import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.world import World, a_world

needs_list = pytest.mark.skipif(
    "JOBWATCH_TEST_ONLY_JOBS_RESOURCE" in os.environ, reason="it is about what the other resources say"
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made
