"""What the product imports is what `pyproject.toml` declares."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def normalized(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[\[<>=~!; ]", one)[0].lower().replace("_", "-") for one in requirements}


def imported(files: Iterable[Path]) -> dict[str, str]:
    """The top-level packages of others that these files import, each with a file that does."""
    found: dict[str, str] = {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            found |= {name.partition(".")[0]: str(file.relative_to(ROOT)) for name in names}
    return {name: file for name, file in found.items() if name not in {*sys.stdlib_module_names, "bot", "tests"}}


def undeclared(files: Iterable[Path], declared: set[str]) -> list[str]:
    distributions = packages_distributions()
    return [
        f"{file} imports {name}"
        for name, file in imported(files).items()
        if not declared & normalized(distributions.get(name, []))
    ]


def test_every_import_is_declared() -> None:
    """A package that is imported directly is a declared dependency: others may stop bringing it along."""
    product, demo = set((ROOT / "bot").rglob("*.py")), set((ROOT / "bot/demo").rglob("*.py"))
    dependencies = normalized(PROJECT["dependencies"])
    extras = {name: normalized(needs) for name, needs in PROJECT["optional-dependencies"].items()}
    assert undeclared(product - demo, dependencies) == []
    assert undeclared(demo, dependencies | extras["demo"]) == []
    assert undeclared((ROOT / "migrations").rglob("*.py"), dependencies) == []
    everything = dependencies | extras["demo"] | extras["dev"]
    assert undeclared((ROOT / "tests").rglob("*.py"), everything) == []
