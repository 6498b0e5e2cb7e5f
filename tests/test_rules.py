"""The rules that hold between files: who imports whom, where each library lives, what is documented."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.settings import Settings
from bot.slack.api.events import FOLLOWED
from bot.slack.grammar.parser import COMMANDS

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for path in (ROOT / "bot").rglob("*.py"))

# What each room may import of bot besides itself. The longest prefix that fits a module decides.
MAY_IMPORT = {
    "jobs": set(),
    "when": {"jobs"},
    "news": {"jobs"},
    "tasks": set(),
    "schedule": set(),
    "web": set(),
    "metrics": set(),
    "logs": set(),
    "informatica": {"jobs"},
    "store": {"jobs", "when", "news"},
    "watch": {"jobs", "when", "news", "tasks", "informatica", "store"},
    "notify": {"jobs", "news", "tasks", "store"},
    "slack": {"jobs", "when", "news", "tasks", "informatica", "store", "notify"},
    "slack.grammar": {
        *("jobs", "when", "slack.words", "slack.refusal", "slack.reference", "slack.patterns"),
        *("slack.wanted", "slack.spans", "slack.clauses", "slack.commands", "slack.mistyped"),
    },
    "slack.commands": {"when", "slack.clauses", "slack.reference"},
    "slack.clauses": {"slack.words", "slack.refusal", "slack.wanted", "slack.spans"},
    "slack.patterns": {"slack.words", "slack.refusal", "slack.reference"},
    "slack.reference": {"jobs", "slack.words", "slack.refusal"},
    "slack.spans": {"slack.words", "slack.refusal"},
    "slack.wanted": {"jobs", "when", "slack.words", "slack.refusal"},
    "slack.mistyped": {"slack.words"},
    "slack.words": set(),
    "slack.refusal": set(),
    "slack.events": set(),
    "slack.text": {"jobs", "when"},
    "slack.message": {"slack.text"},
    "slack.naming": {"jobs"},
    "slack.form": {"jobs", "when", "slack.clauses", "slack.request", "slack.text"},
    "slack.modal": {
        *("jobs", "when", "slack.form", "slack.message", "slack.naming", "slack.request", "slack.text"),
    },
    "slack.request": {"slack.clauses", "slack.message"},
    "slack.lines": {"when", "slack.clauses", "slack.commands", "slack.patterns"},
    "slack.choices": {"jobs", "slack.message", "slack.naming", "slack.text"},
    "slack.views": {"jobs", "when", "slack.reference", "slack.refusal", "slack.message", "slack.text"},
    "slack.alerts": {"jobs", "when", "news", "slack.message", "slack.text", "slack.views"},
    "slack.lists": {"jobs", "when", "slack.reference", "slack.message", "slack.text", "slack.views"},
    "settings": {"store.database"},
    "app": {"settings", "tasks", "schedule", "informatica", "store", "watch", "notify", "slack", "web", "metrics"},
    "doctor": {"settings", "informatica", "store", "notify.teller", "slack", "watch.listed"},
    "cli": {"settings", "logs", "app", "doctor", "store.database", "demo"},
    "__main__": {"cli"},
    "demo": set(),  # the stand-ins follow public documents, not the bot
    "demo.play": {"demo"},
    "demo.page": {"jobs", "slack.text", "demo"},  # the page shows a status as the bot does
}
# Where each library is at home.
HOMES = {
    "httpx": {"informatica"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "apscheduler": {"schedule"},
    "uvicorn": {"app"},
    "slack_bolt": {"slack", "app"},
    "slack_sdk": {"slack", "app"},
    "starlette": {"web", "app"},
    "pydantic": {"settings", "store.outbox"},
    "pydantic_settings": {"settings"},
    "click": {"cli"},
    "prometheus_client": {"metrics"},
    "jinja2": {"demo"},
    "markupsafe": {"demo"},
    "emoji": {"demo"},
}


def module_of(path: Path) -> str:
    """A module's name without the leading `bot.`; an `__init__` is its package."""
    name = path.relative_to(ROOT / "bot").with_suffix("").as_posix().replace("/", ".")
    return name.removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


@pytest.mark.parametrize("path", MODULES, ids=module_of)
def test_every_arrow_points_down(path: Path) -> None:
    """A module imports only what stands below its room; nothing but the command line and the tests know the demo."""
    module = module_of(path)
    if module in ("", "__init__"):
        return
    rule = max((room for room in MAY_IMPORT if within(module, room)), key=len)
    own_room = module.split(".")[0] if rule.count(".") == 0 else module
    names = {name.removeprefix("bot.") for name in imports_of(path) if name.startswith("bot.")}
    modules = {module_of(known) for known in MODULES}
    for name in names & modules:
        allowed = own_room == name.split(".")[0] or any(within(name, room) for room in MAY_IMPORT[rule])
        assert allowed, f"{module} imports {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if "demo" not in p.parts], ids=module_of)
def test_every_library_has_a_home(path: Path) -> None:
    """A library is used where it is at home and nowhere else."""
    module = module_of(path)
    for name in imports_of(path):
        library = name.split(".")[0]
        homes = HOMES.get(library)
        assert homes is None or any(within(module, home) for home in homes), f"{module} imports {library}"


@pytest.mark.parametrize("path", [p for p in MODULES if "demo" not in p.parts], ids=module_of)
def test_the_environment_is_read_in_one_place(path: Path) -> None:
    """Only the settings read the environment."""
    assert "os.environ" not in path.read_text()
    assert "getenv" not in path.read_text()


@pytest.mark.parametrize("path", MODULES, ids=module_of)
def test_modules_and_functions_stay_small(path: Path) -> None:
    """A module is one idea, of at most 400 lines; a function is at most 100 lines, for one that puts parts together."""
    tree = ast.parse(path.read_text())
    assert len(path.read_text().splitlines()) <= 400
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 100, node.name
    assert ast.get_docstring(tree), f"{path} does not say what it is"


def test_every_setting_is_documented() -> None:
    """README and `.env.example` name every setting, and no setting that is none."""
    names = {name.upper() for name in Settings.model_fields}
    readme = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "README.md").read_text(), re.MULTILINE))
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert readme == names
    assert example == names


def test_the_manifest_fits_the_bot() -> None:
    """The manifest has the one command with every verb, the address that the bot serves, and exactly the events
    that it follows and the scopes that README gives a reason for."""
    manifest = yaml.safe_load((ROOT / "app_manifest.yml").read_text())
    (command,) = manifest["features"]["slash_commands"]
    assert all(verb in command["usage_hint"] for verb in COMMANDS)
    assert command["url"].endswith("/slack/events")
    assert manifest["settings"]["interactivity"]["request_url"] == command["url"]
    assert manifest["settings"]["interactivity"]["message_menu_options_url"] == command["url"]
    assert manifest["settings"]["event_subscriptions"]["request_url"] == command["url"]
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == list(FOLLOWED)
    assert manifest["features"]["app_home"]["messages_tab_enabled"]
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    table = (ROOT / "README.md").read_text().split("| scope | why |")[1].split("\n\n")[0]
    explained = re.findall(r"^\| `([a-z:.]+)` \|", table, re.MULTILINE)
    assert scopes == explained


def test_every_verb_is_documented() -> None:
    """README shows every command that a person can type, and every one of the command line."""
    readme = (ROOT / "README.md").read_text()
    assert all(f"`/job {verb}" in readme for verb in COMMANDS)
    assert all(f"`{name}`" in readme for name in ("run", "web", "worker", "migrate", "doctor", "demo"))


def test_every_test_says_what_it_promises() -> None:
    """Each test begins with one sentence: the promise that it holds."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


def test_the_top_holds_what_was_agreed_and_nothing_else() -> None:
    """A newcomer finds the agreed files at the top."""
    agreed = {"pyproject.toml", "bot", "migrations", "tests", "app_manifest.yml", "Procfile", "README.md"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.name != "build"}
    assert {name for name in found if not name.endswith(".egg-info")} == agreed
