"""The rules that hold between files: who imports whom, where each library lives, what is documented."""

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from bot.demo.slack.workspace.app import App
from bot.settings import Settings
from bot.slack.api.events import FOLLOWED, HOME_OPENED, LINK_SHARED, MENTION
from bot.slack.grammar.parser import COMMANDS
from bot.slack.messages.modals.job_choice import WATCH
from bot.slack.messages.modals.look_up import LOOK_UP

ROOT = Path(__file__).parent.parent

# What each room may import of bot besides itself. The longest prefix that fits a module decides.
_BELOW_WATCH = {"domain", "informatica", "store", "tasks", "fault_log"}
_SLACK = {
    *("slack.grammar", "slack.messages", "slack.request", "slack.view_state", "slack.api"),
    *("slack.authorization", "slack.permissions", "slack.replies"),
}
WALLS: dict[str, set[str]] = {
    "domain": set(),
    "tasks": set(),
    "fault_log": set(),
    "schedule": set(),
    "calendar": {"domain"},
    "web": set(),
    "metrics": set(),
    "network": set(),
    "logs": set(),
    "informatica": {"domain", "network"},
    "store": {"domain"},
    "watch": _BELOW_WATCH,
    "notify": {"domain", "store", "tasks", "fault_log", "calendar"},
    "slack": set(),
    "slack.grammar": {"domain"},
    "slack.messages": {"domain", "slack.grammar"},
    "slack.request": {"domain", "slack.grammar", "slack.messages"},
    "slack.view_state": {"slack.request"},
    "slack.api": {"domain", "network", "tasks", "fault_log", "slack.grammar", "slack.messages"},
    "slack.api.messenger": {"domain", "notify", "slack.api", "slack.messages"},
    "slack.mention": {"slack.grammar"},
    "slack.pictures": {"domain", "slack.messages.text"},
    "slack.replies": {"slack.api", "slack.messages", "slack.request"},
    "slack.authorization": {"domain", "slack.api", "slack.messages", "slack.request"},
    "slack.permissions": {
        *("domain", "store", "slack.grammar", "slack.messages", "slack.request", "slack.authorization"),
    },
    "slack.event_queue": {"tasks", "fault_log", "store.database"},
    "slack.handlers": {*_BELOW_WATCH, *_SLACK, "calendar", "slack.pictures"},
    "slack.watch_form": {*_BELOW_WATCH, *_SLACK, "slack.handlers"},
    "slack.settings_form": {*_BELOW_WATCH, *_SLACK, "calendar", "slack.handlers", "slack.watch_form"},
    "slack.all_jobs": {*_BELOW_WATCH, *_SLACK},
    "slack.shortcuts": {*_BELOW_WATCH, *_SLACK, "slack.handlers", "slack.watch_form", "slack.command_name"},
    "slack.unfurling": {*_BELOW_WATCH, *_SLACK},
    "slack.command_name": {"store"},
    "slack.home": {*_BELOW_WATCH, *_SLACK, "slack.handlers", "slack.command_name"},
    "slack.listeners": {
        *_BELOW_WATCH,
        *_SLACK,
        "slack.handlers",
        "slack.watch_form",
        "slack.command_name",
        "slack.event_queue",
        "slack.mention",
    },
    "settings": {"store.database", "network"},
    "server": {"settings"},
    "readiness": {"store.database"},
    "app": {*_BELOW_WATCH, "watch", "notify", "slack", "settings", "schedule", "web", "metrics", "server", "readiness"},
    "doctor": {"informatica", "store", "watch.bulk", "slack.api", "settings", "network", "server"},
    "cli": {"settings", "logs", "app", "doctor", "store.database", "demo"},
    "__main__": {"cli"},
    "demo": set(),  # the stand-ins follow public documents, not the bot
    "demo.page": {"demo", "domain", "slack.messages.text"},  # the page shows a status as the bot does
    "demo.page.gallery": {  # every view
        *("demo", "domain", "slack.grammar", "slack.messages", "slack.pictures"),
        *("slack.watch_form", "slack.settings_form"),
    },
    "demo.page.opening": {"demo", "domain", "slack.messages"},  # what it posted before
}
# Where each library is at home.
HOMES: dict[str, set[str]] = {
    "httpx": {"informatica"},
    "httpx_aiohttp": {"informatica.connections"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "apscheduler": {"schedule", "calendar"},
    "uvicorn": {"server"},
    "slack_bolt": {
        *("slack.api", "slack.listeners", "slack.watch_form.handlers", "slack.watch_form.menu", "slack.all_jobs"),
        *("slack.settings_form.handlers", "slack.shortcuts", "slack.unfurling", "slack.home", "app"),
    },
    "slack_sdk": {"slack.api", "app", "doctor.slack"},
    "starlette": {"web", "server"},
    "pydantic": {"settings", "store.sql.notification_json", "slack.grammar.presses"},
    "pydantic_settings": {"settings"},
    "click": {"cli"},
    "prometheus_client": {"metrics"},
    "jinja2": {"demo"},
    "markupsafe": {"demo"},
    "emoji": {"slack.grammar"},
    "PIL": {"slack.pictures"},
}
# Modules that decide and word, and libraries that they reach by no way.
PURE = (
    *("domain", "watch.decide", "watch.pattern_changes", "watch.service_health", "watch.bulk.policy"),
    *("watch.bulk.trust", "notify.digest", "notify.threads", "notify.pace", "notify.reminding", "calendar"),
    *("slack.grammar", "slack.messages", "slack.pictures", "slack.request", "slack.view_state"),
    "slack.mention",
    "slack.shortcuts.finding",
)
HEAVY = ("sqlalchemy", "httpx", "aiohttp", "slack_bolt", "slack_sdk")
# Also through libraries: the proxies of the environment, and `~/.netrc` along with them.
_READS_ENVIRONMENT = r"os\.environ|getenv|getproxies|proxy_bypass|proxies_from_env|trust_env(_in_session)?=True"
MAX_MODULES, MAX_LINES, MAX_FUNCTION, MAX_COLLABORATORS = 14, 400, 60, 6


@dataclass(frozen=True)
class Module:
    """A module of bot: `name` without the leading `bot.`, an `__init__` named as its package."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def imports(self) -> Sequence[str]:
        found = list[str]()
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                found.append("." * node.level + (node.module or ""))
                found += (f"{node.module}.{alias.name}" for alias in node.names)
        return found

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in self.nodes if isinstance(node, ast.ClassDef))

    def within(self, *rooms: str) -> bool:
        return any(_within(self.name, room) for room in rooms)


Modules = Mapping[str, Module]


def modules_of(root: Path) -> Modules:
    found = {}
    for path in sorted((root / "bot").rglob("*.py")):
        dotted = path.relative_to(root / "bot").with_suffix("").as_posix().replace("/", ".")
        name = dotted.removesuffix(".__init__").removesuffix("__init__")
        found[name] = Module(name, path, text := path.read_text(), ast.parse(text))
    return found


def _within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def _imported(module: Module, modules: Modules) -> set[str]:
    """The modules of bot that a module imports. Packages hold nothing themselves."""
    names = {name.removeprefix("bot.") for name in module.imports if name.startswith("bot.")}
    return {name for name in names & modules.keys() if modules[name].path.name != "__init__.py"}


# ── the rules, each as a search for breaches ────────────────────────────────────────────────────────────────────────


def upward_imports(modules: Modules) -> Iterator[str]:
    for module in modules.values():
        rooms = [room for room in WALLS if module.within(room)]
        if module.name and not rooms:
            yield f"{module.name} belongs to no room"
        rule = max(rooms, key=len, default="")
        for name in _imported(module, modules) if rule else ():
            if not any(_within(name, room) for room in (rule, *WALLS[rule])):
                yield f"{module.name} imports {name}"
        yield from (f"{module.name} has a relative import" for name in module.imports if name.startswith("."))


def libraries_abroad(modules: Modules) -> Iterator[str]:
    for module in modules.values():
        for library in {name.split(".")[0] for name in module.imports} & HOMES.keys():
            if not module.within(*HOMES[library], "demo"):
                yield f"{module.name} imports {library}"
        foreign = {name.split(".")[0] for name in module.imports} - {*sys.stdlib_module_names, "bot"}
        if module.within("domain") and foreign:
            yield f"{module.name} imports {foreign}"


def impure_imports(modules: Modules) -> Iterator[str]:
    for module in modules.values():
        if module.within(*PURE):
            reached, waiting = set[str](), [module.name]
            while waiting:
                reached.add(name := waiting.pop())
                waiting += _imported(modules[name], modules) - reached
            for name in reached:
                for library in {each.split(".")[0] for each in modules[name].imports} & set(HEAVY):
                    yield f"{module.name} reaches {library} through {name}"


def undeclared_libraries(modules: Modules, pyproject: str) -> Iterator[str]:
    project = tomllib.loads(pyproject)["project"]
    of_bot = {_distribution(line) for line in project["dependencies"]}
    of_demo = of_bot | {_distribution(line) for line in project["optional-dependencies"]["demo"]}
    distributions = packages_distributions()
    for module in modules.values():
        declared = of_demo if module.within("demo") else of_bot
        for library in {name.split(".")[0] for name in module.imports} - {*sys.stdlib_module_names, "bot", ""}:
            if not declared & {_distribution(name) for name in distributions.get(library, [library])}:
                yield f"{module.name} imports {library}, which pyproject.toml doesn't name"


def _distribution(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")


def environment_readers(modules: Modules) -> Iterator[str]:
    for module in modules.values():
        if not module.within("demo") and re.search(_READS_ENVIRONMENT, module.text):
            yield f"{module.name} reads the environment"


def large_parts(modules: Modules) -> Iterator[str]:
    folders = Counter(module.path.parent for module in modules.values())
    yield from (f"{folder} holds {count} modules" for folder, count in folders.items() if count > MAX_MODULES)
    for module in modules.values():
        if (lines := len(module.text.splitlines())) > MAX_LINES:
            yield f"{module.name} has {lines} lines"
        for function in module.functions:
            if (lines := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION:
                yield f"{module.name}.{function.name} has {lines} lines"
        if not ast.get_docstring(module.tree):
            yield f"{module.name} doesn't say what it is"


def crowded_classes(modules: Modules) -> Iterator[str]:
    """Classes whose constructor takes too many parts of bot or callables. Dataclasses are data, not parts."""
    parts = {each.name for module in modules.values() for each in module.classes if not _is_dataclass(each)}
    for module in modules.values():
        for each in module.classes:
            constructors = [node for node in each.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
            for constructor in constructors:
                parameters = [*constructor.args.args, *constructor.args.kwonlyargs]
                words = [
                    set(re.findall(r"\w+", ast.unparse(p.annotation))) if p.annotation else set() for p in parameters
                ]
                count = sum(bool(annotation & {*parts, "Callable"}) for annotation in words)
                if count > MAX_COLLABORATORS:
                    yield f"{module.name}.{each.name} has {count} collaborators"


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)


def readers_of_slack_ids(modules: Modules) -> Iterator[str]:
    """Whoever looks at the first letter of a Slack ID: the domain knows what that means."""
    letters = set("CDGUW")
    for module in modules.values():
        if module.within("domain.destination", "demo"):
            continue
        for node in module.nodes:
            is_prefix = isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("startswith", "removeprefix"))
            is_comparison = isinstance(node, ast.Compare) and isinstance(node.left, ast.Subscript)
            is_pattern = isinstance(node, ast.Constant) and re.search(r"\[[CDGUW]{2,}\]", str(node.value))
            inner = ast.walk(node) if is_prefix or is_comparison else ()
            if is_pattern or letters & {each.value for each in inner if isinstance(each, ast.Constant)}:
                yield f"{module.name}, line {getattr(node, 'lineno', 0)}"


Rule = Callable[[Modules], Iterator[str]]


def _undeclared(modules: Modules) -> Iterator[str]:
    return undeclared_libraries(modules, (ROOT / "pyproject.toml").read_text())


# Each rule, with a file that breaches it.
_RULES: dict[str, tuple[Rule, str, str]] = {
    "no import points up": (upward_imports, "store/x.py", "from bot.watch import decide"),
    "grammar sees the domain only": (upward_imports, "slack/grammar/x.py", "from bot.store import outbox"),
    "only the messenger sees notify": (upward_imports, "slack/api/x.py", "from bot.notify import dispatcher"),
    "every library has a home": (libraries_abroad, "watch/x.py", "import httpx"),
    "the domain needs the standard library only": (libraries_abroad, "domain/x.py", "import structlog"),
    "what decides and words is pure": (impure_imports, "watch/decide.py", "from bot.store import outbox"),
    "direct imports are declared": (_undeclared, "watch/x.py", "import multidict"),
    "the settings alone read the environment": (environment_readers, "watch/x.py", "import os\nos.environ['X']"),
    "no library reads it either": (environment_readers, "watch/x.py", "ClientSession(trust_env=True)"),
    "modules are small": (large_parts, "watch/x.py", '"""X."""' + "\n" * 400 + "x = 1"),
    "functions are small": (large_parts, "watch/x.py", '"""X."""\ndef f():\n' + "    x = 1\n" * 60),
    "modules say what they are": (large_parts, "watch/x.py", "x = 1"),
    "a class has few collaborators": (
        crowded_classes,
        "watch/x.py",
        f"class Part: ...\nclass Whole:\n    def __init__(self, {', '.join(f'p{n}: Part' for n in range(7))}): ...",
    ),
    "the domain alone reads Slack's IDs": (readers_of_slack_ids, "watch/x.py", "'D1'.startswith('D')"),
    "no pattern reads Slack's IDs": (readers_of_slack_ids, "watch/x.py", "import re\nre.compile('[CGD][A-Z]+')"),
}


def test_every_rule_holds() -> None:
    """No module of the bot breaches a rule."""
    modules = modules_of(ROOT)
    breaches = {name: list(rule(modules)) for name, (rule, _, _) in _RULES.items()}
    assert {name: found for name, found in breaches.items() if found} == {}


@pytest.mark.parametrize(("rule", "path", "text"), _RULES.values(), ids=_RULES.keys())
def test_a_breach_of_a_rule_is_found(rule: Rule, path: str, text: str, tmp_path: Path) -> None:
    """A file that breaches a rule, and only that, is found in an otherwise good tree."""
    good = {
        "watch/decide.py": '"""Decide."""',
        "store/outbox.py": '"""Store."""\nimport sqlalchemy',
        "notify/dispatcher.py": '"""Notify."""',
    }
    for name, content in good.items():
        (tmp_path / "bot" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bot" / name).write_text(content)
    assert list(rule(modules_of(tmp_path))) == []
    (tmp_path / "bot" / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "bot" / path).write_text(text)
    assert len(list(rule(modules_of(tmp_path)))) == 1


def test_a_folder_with_too_many_modules_is_found(tmp_path: Path) -> None:
    """The fifteenth module of a folder is one too many."""
    (tmp_path / "bot").mkdir()
    for number in range(MAX_MODULES + 1):
        assert list(large_parts(modules_of(tmp_path))) == []
        (tmp_path / "bot" / f"m{number}.py").write_text('"""A module."""')
    assert len(list(large_parts(modules_of(tmp_path)))) == 1


# ── what is documented ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_setting_is_documented() -> None:
    """README and `.env.example` name every setting, and nothing else."""
    names = {name.upper() for name in Settings.model_fields}
    readme = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "README.md").read_text(), re.MULTILINE))
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert readme == names
    assert example == names


def test_the_manifest_fits_the_bot() -> None:
    """The manifest has one command with its whole usage, the address that the bot serves, exactly the events that it
    follows, the scopes that README gives a reason for, and the shortcuts that it answers. The stand-in of Slack has the
    app as installed from it: it grants nothing else."""
    manifest = yaml.safe_load((ROOT / "app_manifest.yml").read_text())
    (command,) = manifest["features"]["slash_commands"]
    assert all(each in command["usage_hint"] for each in COMMANDS)
    assert command["url"].endswith("/slack/events")
    assert manifest["settings"]["interactivity"]["request_url"] == command["url"]
    assert manifest["settings"]["interactivity"]["message_menu_options_url"] == command["url"]
    assert manifest["settings"]["event_subscriptions"]["request_url"] == command["url"]
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == [HOME_OPENED, MENTION, *FOLLOWED, LINK_SHARED]
    shortcuts = {each["callback_id"]: each["type"] for each in manifest["features"]["shortcuts"]}
    assert shortcuts == {LOOK_UP: "global", WATCH: "message"}
    assert manifest["features"]["app_home"]["home_tab_enabled"]
    assert manifest["features"]["app_home"]["messages_tab_enabled"]
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"]
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    table = (ROOT / "README.md").read_text().split("| scope | why |")[1].split("\n\n")[0]
    explained = re.findall(r"^\| `([a-z_:.]+)` \|", table, re.MULTILINE)
    assert scopes == explained
    installed = App()
    assert (installed.scopes, installed.shortcuts) == (set(scopes), shortcuts)
    assert installed.bot_events == set(manifest["settings"]["event_subscriptions"]["bot_events"])


def test_every_command_is_documented() -> None:
    """README shows every command that a person can type, and every one of the command line."""
    readme = (ROOT / "README.md").read_text()
    assert all(f"`/job {each}" in readme for each in COMMANDS)
    assert all(f"`{name}`" in readme for name in ("run", "web", "worker", "migrate", "doctor", "demo"))


def test_every_test_says_what_it_promises() -> None:
    """Each test begins with one sentence: the promise that it holds."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


def test_platforms_take_the_python_that_is_tested() -> None:
    """A platform reads `.python-version`, and the package allows it."""
    version = (ROOT / ".python-version").read_text().strip()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert version == project["tool"]["mypy"]["python_version"]
    assert project["project"]["requires-python"] == f">={version}"


def test_the_top_holds_what_was_agreed_and_nothing_else() -> None:
    """A newcomer finds the agreed files at the top."""
    agreed = {"pyproject.toml", "bot", "migrations", "tests", "app_manifest.yml", "Procfile", "README.md"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.name != "build"}
    assert {name for name in found if not name.endswith(".egg-info")} == agreed
