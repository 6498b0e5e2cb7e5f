from tests.scenarios.world import DATAFLOW, JOB, RUN, World

# What the libraries would read by themselves, each of which breaks something: Bolt turns into an OAuth app and drops
# its token, slack-sdk sends loopback traffic to the proxy, the scheduler asks for a time zone that is none.
_ODD = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "made-up",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
    "TZ": "Nowhere/Nothing",
}


async def test_what_libraries_read_from_the_environment_changes_nothing(world: World) -> None:
    """A proxy with exceptions, OAuth's variables and an odd time zone do not keep the bot from working, by HTTP."""
    async with world.process(**_ODD):
        await _works(world)
    assert {path.name.split(".")[0] for path in world.folder.iterdir()} == {"jobwatch"}


async def test_nor_by_socket_mode(world: World) -> None:
    """The same with Socket Mode, whose client reads the proxy for itself."""
    async with world.process(SLACK_APP_TOKEN=world.slack.app.app_token, **_ODD):
        await _works(world)


async def _works(world: World) -> None:
    await world.asks(f"watch {JOB}")
    world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
    await world.alert("Running with Error")
