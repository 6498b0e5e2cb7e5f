"""The digests that are due, as they are found."""

from bot.domain.destination import Destination
from bot.store.channels import digests
from bot.store.database import Database
from tests.cast import NOON, OPS, WORKSPACE
from tests.store.steps import plan_of


async def test_an_idle_tick_reads_no_rows(database: Database) -> None:
    """What is due is found by an index, however many channels have a digest."""
    async with database.reading() as session:
        plan = await plan_of(session, lambda: digests.due(session, NOON, waiting=[Destination(WORKSPACE, OPS)]))
    assert plan.count("ix_channel_settings_digest") == 3, plan
    assert "SCAN channel_settings" not in plan, plan
