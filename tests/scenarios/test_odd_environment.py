from tests.scenarios.world import DATAFLOW, JOB, RUN, World

# What libraries would read by themselves: Bolt turns into an OAuth app and drops its token, slack-sdk sends loopback
# traffic to the proxy, the scheduler asks for a time zone that doesn't exist.
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


async def test_variables_of_libraries_change_nothing(world: World) -> None:
    """With a proxy and exceptions from it, OAuth's variables and an odd time zone, the bot works over HTTP."""
    async with world.process(**_ODD):
        await _assert_it_works(world)
    assert {path.name.split(".")[0] for path in world.folder.iterdir()} == {"jobwatch"}


async def test_variables_of_libraries_change_nothing_in_socket_mode(world: World) -> None:
    """The same in Socket Mode, whose client reads the proxy's variables itself."""
    async with world.process(SLACK_APP_TOKEN=world.slack.app.app_token, **_ODD):
        await _assert_it_works(world)


async def _assert_it_works(world: World) -> None:
    await world.reply(f"watch {JOB}")
    world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
    await world.alert("Running with Error")
