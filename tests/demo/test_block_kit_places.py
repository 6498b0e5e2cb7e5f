"""Where each block and element may stand: the gallery is accepted there, and refused everywhere else."""

import copy
import inspect
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models import blocks as kit

from bot.demo.block_kit import Surface, faults, text_length
from bot.demo.slack_blocks import interactive
from tests.demo.gallery import BLOCKS, ELEMENTS, GALLERY, NOWHERE, STANDING, SURFACES, Json, examples, holding

EXAMPLES = list(examples())


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(("block", "allowed"), [pytest.param(*row[1:], id=row[0]) for row in EXAMPLES])
def test_each_stands_where_slack_allows_it(block: Json, allowed: frozenset[Surface], surface: Surface) -> None:
    """An example is accepted on the surfaces of its block and its element; elsewhere its type is refused."""
    found = faults([block], surface)

    assert bool(found) == (surface not in allowed), found
    assert all("unsupported type: " in each and each.endswith("/type]") for each in found), found


@pytest.mark.parametrize("place", STANDING)
def test_an_element_stands_only_in_its_blocks(place: str) -> None:
    """A block takes the elements that the reference names for it, on their surfaces, and no others."""
    taken = {each: {where for where in SURFACES if not faults([holding(place, each)], where)} for each in ELEMENTS}

    assert taken == {each: STANDING[place].get(each, NOWHERE) for each in ELEMENTS}


def test_the_gallery_shows_everything() -> None:
    """Every block and element that slack_sdk has is in the gallery, but for two that aren't for this app, and the two
    blocks that it lacks."""
    classes = [each for _, each in inspect.getmembers(kit, inspect.isclass)]
    blocks = _types(each for each in classes if issubclass(each, kit.Block))
    elements = _types(each for each in classes if issubclass(each, kit.InteractiveElement))
    inner = _types(vars(kit.RichTextElementParts).values())
    held = set(STANDING) | {str(block["type"]) for block, _ in BLOCKS.values()}

    assert blocks - {"call", "auth_provider"} | {"data_table", "data_visualization"} == held
    assert elements <= set(ELEMENTS)
    assert inner <= {each.get("type") for each in _objects(BLOCKS["rich_text"][0])}


@pytest.mark.parametrize(("surface", "names"), [(each, GALLERY[each]) for each in SURFACES])
def test_the_gallery_can_be_sent_in_pieces(surface: Surface, names: dict[str, list[Json]]) -> None:
    """Whoever shows the gallery can take each example by itself; none is too long for a message."""
    for name, blocks in names.items():
        assert faults(blocks, surface) == [], name
        assert text_length(blocks) < 1000, name


@given(st.sampled_from(EXAMPLES), st.data())
def test_no_object_takes_a_field_of_another_name(
    example: tuple[str, Json, frozenset[Surface]], data: st.DataObject
) -> None:
    """However deep, an object of a block has the fields of the reference and no others."""
    block = copy.deepcopy(example[1])
    where = data.draw(st.sampled_from(list(_objects(block))))
    where["colour"] = "red"

    assert any("invalid additional property: colour" in each for each in faults([block], min(example[2])))


@given(
    st.sampled_from(EXAMPLES), st.data(), st.none() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({})
)
def test_whatever_stands_in_a_field_gets_an_answer(
    example: tuple[str, Json, frozenset[Surface]], data: st.DataObject, wrong: object
) -> None:
    """A block with anything in one of its fields is answered with a list of faults, and can be gone through."""
    block = copy.deepcopy(example[1])
    where = data.draw(st.sampled_from(list(_objects(block))))
    where[data.draw(st.sampled_from(sorted(where)))] = wrong

    for surface in SURFACES:
        assert all(each.startswith("[ERROR] ") for each in faults([block], surface))
    assert all(isinstance(element, dict) for _, element in interactive([block]))


def _types(classes: Iterable[object]) -> set[str]:
    """What the `type` of each class says; a base class has none."""
    found = (vars(each).get("type") for each in classes if inspect.isclass(each))
    return {each for each in found if isinstance(each, str)}


def _objects(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _objects(each)
