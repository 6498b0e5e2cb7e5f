"""Going through blocks: every element that somebody can use, with its block's ID."""

from hypothesis import given
from hypothesis import strategies as st

from bot.demo.slack_blocks import interactive, placed
from tests.demo.gallery import BLOCKS, CARD, GALLERY, STANDING, Json, holding


def button(name: str) -> Json:
    return {"type": "button", "text": {"type": "plain_text", "text": name}, "action_id": name}


def found(*blocks: Json) -> list[tuple[str, object]]:
    return [(block_id, element.get("action_id")) for block_id, element in interactive(blocks)]


def test_every_element_is_found() -> None:
    """Each interactive element of the gallery is found in its block; pictures aren't."""
    for place, elements in STANDING.items():
        for element in elements:
            expected = [] if element == "image" else [("b0", f"try_{element}")]

            assert found(holding(place, element)) == expected, (place, element)


def test_blocks_without_an_id_are_called_by_their_place() -> None:
    """The block's own ID counts; without one it is its number, and within another block also the number there."""
    actions: Json = {"type": "actions", "elements": [button("a"), button("b")]}
    named: Json = {"type": "section", "block_id": "mine", "accessory": button("c")}
    box: Json = {"type": "container", "block_id": "box", "child_blocks": [{"type": "divider"}, actions, named]}

    assert found(named, actions, box) == [
        ("mine", "c"),
        ("b1", "a"),
        ("b1", "b"),
        ("b2.1", "a"),
        ("b2.1", "b"),
        ("mine", "c"),
    ]


def test_cards_in_a_carousel_are_blocks_of_their_own() -> None:
    """A press on a card's button names the card, not the carousel."""
    carousel, _ = BLOCKS["carousel"]

    assert found(CARD, carousel) == [
        ("b0", "card_details"),
        ("b0", "card_stop"),
        ("card-orders", "card_details"),
        ("card-orders", "card_stop"),
    ]


def test_what_is_read_only_has_no_elements() -> None:
    """Text, pictures, tables, charts and tasks have nothing to press."""
    shown = ("rich_text", "context", "image", "table", "data_table", "data_visualization bar", "plan", "video", "file")

    assert found(*(BLOCKS[name][0] for name in shown)) == []


@given(st.lists(st.sampled_from([block for blocks in GALLERY["message"].values() for block in blocks]), max_size=6))
def test_a_container_hides_nothing(blocks: list[Json]) -> None:
    """Blocks have the same elements in a container as outside, and every block has an ID that no other place has."""
    unnamed = [{**block, "block_id": ""} for block in blocks]
    box: Json = {"type": "container", "child_blocks": unnamed}
    places = [block_id for block_id, block in placed([box]) if not block.get("block_id")]

    assert [each for _, each in interactive([box])] == [each for _, each in interactive(unnamed)]
    assert len(set(places)) == len(places)
