"""Slack's Block Kit reference (`reference.yml`) as checks."""

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Literal

import yaml

from bot.demo.slack.block_kit import schema
from bot.demo.slack.block_kit.schema import Check, array, fields_together, of_type, string

Surface = Literal["message", "modal", "home"]
SURFACES: tuple[Surface, ...] = ("message", "modal", "home")

REFERENCE: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("reference.yml").read_text())
_SHAPES: dict[str, Any] = REFERENCE["shapes"]
_TEXTS = {
    "plain_text": {"text": "string {}", "emoji": "maybe flag"},
    "mrkdwn": {"text": "string {}", "verbatim": "maybe flag"},
}

# Rules that concern several fields of an object.
_RULES: dict[str, Callable[[list[str]], list[Check]]] = {
    "+one_of": lambda names: [fields_together("must provide exactly one of", lambda count: count == 1, names)],
    "+some_of": lambda names: [fields_together("must provide at least one of", lambda count: count > 0, names)],
    "+offered": lambda names: [schema.offered(name) for name in names],
}


class _Compiler:
    """Turns the table's shapes into checks. Names are resolved late, because shapes can contain each other."""

    def __init__(self, surface: Surface) -> None:
        absent = REFERENCE["absent"][surface].split()
        self._known: dict[str, Check] = schema.PRIMITIVES | {
            "column": lambda value, at: iter(()) if value is None else self._known["settings"](value, at)
        }
        self._known |= {name: self._check(shape) for name, shape in _SHAPES.items()}
        for name, shapes in REFERENCE["types"].items():
            present = shapes.split() if isinstance(shapes, str) else shapes
            of = {
                each: self._check(shapes[each]) if isinstance(shapes, dict) else self._known[each] for each in present
            }
            self._known[name] = of_type({each: check for each, check in of.items() if each not in absent})
        self.block, self.view = self._known["block"], self._known["view"]

    def _check(self, shape: str | Mapping[str, str]) -> Check:
        """The check of a shape in the table."""
        if not isinstance(shape, str):
            return self._record(shape)
        match shape.split():
            case ["string", *limits]:
                return string(*map(int, limits))
            case ["integer", *limits]:
                return schema.integer(*map(int, limits))
            case ["enum", *words]:
                return schema.among(*words)
            case ["list", most, *item]:
                return array(self._check(" ".join(item)), int(most))
            case ["plain" | "text" as kind, most]:
                names = ["plain_text", "mrkdwn"] if kind == "text" else ["plain_text"]
                texts = {each: {field: of.format(most) for field, of in _TEXTS[each].items()} for each in names}
                return of_type({each: self._record(of) for each, of in texts.items()}, "must be a valid enum value")
        return lambda value, at: self._known[shape](value, at)

    def _record(self, shape: Mapping[str, str]) -> Check:
        rules = {name: words for name, words in _inherited(shape).items() if name[0] == "+"}
        fields = {name: each for name, each in _inherited(shape).items() if name[0] != "+"}
        optional = {name for name, each in fields.items() if each.startswith("maybe ")}
        every = {name: self._check(each.removeprefix("maybe ")) for name, each in fields.items()}
        checks = [schema.record(every, optional)]
        checks += [each for name, words in rules.items() for each in _RULES[name](words.split())]

        def check(value: object, at: str) -> Iterator[str]:
            for each in checks:
                yield from each(value, at)

        return check


def _inherited(shape: Mapping[str, str]) -> dict[str, str]:
    """The fields of a shape, those of the shapes in `+like` included."""
    above = _inherited(_SHAPES[shape["+like"]]) if "+like" in shape else {}
    return above | {name: each for name, each in shape.items() if name != "+like"}


_COMPILED = {surface: _Compiler(surface) for surface in SURFACES}
BLOCK: dict[Surface, Check] = {surface: compiled.block for surface, compiled in _COMPILED.items()}
VIEW: dict[Surface, Check] = {surface: compiled.view for surface, compiled in _COMPILED.items()}
