"""The shapes of `table` and `data_table`, and what the tables of one message may hold in all."""

from collections.abc import Iterator, Sequence

from bot.demo.slack_elements import BLOCK_ID
from bot.demo.slack_rich_text import RICH_TEXT
from bot.demo.slack_shapes import (
    Check,
    Maybe,
    among,
    array,
    every,
    fault,
    flag,
    integer,
    number,
    of_type,
    record,
    string,
)

# Of `table`, and of `data_table` in the older of two versions of its reference page; the newer one says 20,000.
TABLE_TEXT_LIMIT = 10_000
# 100 and the header in the older version of that page, 200 and the header in the newer.
_MOST_DATA_ROWS = 101
_MOST_COLUMNS = 20


def _column(value: object, at: str) -> Iterator[str]:
    """A column that is as it comes is a null in the list."""
    if value is not None:
        yield from record(align=Maybe(among("left", "center", "right")), is_wrapped=Maybe(flag))(value, at)


_RAW: dict[str, Check] = {
    "raw_text": record(text=string(TABLE_TEXT_LIMIT)),
    "raw_number": record(value=number, text=string(TABLE_TEXT_LIMIT)),
}
_CELL = of_type({**_RAW, "rich_text": RICH_TEXT})
_HEADER_CELL = of_type(_RAW)

TABLE = record(
    block_id=BLOCK_ID,
    rows=array(array(_CELL, _MOST_COLUMNS), 100),
    column_settings=Maybe(array(_column, _MOST_COLUMNS, 0)),
)


def _rows(value: object, at: str) -> Iterator[str]:
    """A header without rich text, then the data; all rows are equally long."""
    yield from array(array(_CELL, _MOST_COLUMNS), _MOST_DATA_ROWS, 2)(value, at)
    rows = [each for each in value if isinstance(each, list)] if isinstance(value, list) else []
    for place, cell in enumerate(rows[0] if rows else []):
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            yield from _HEADER_CELL(cell, f"{at}/0/{place}")
    if len({len(row) for row in rows}) > 1:
        yield fault("all rows must have the same number of cells", at)


def _row_header(value: object, at: str) -> Iterator[str]:
    rows = value.get("rows") if isinstance(value, dict) else None
    index = value.get("row_header_column_index") if isinstance(value, dict) else None
    if isinstance(index, int) and isinstance(rows, list) and rows and isinstance(rows[0], list):
        yield from integer(0, len(rows[0]) - 1)(index, f"{at}/row_header_column_index")


DATA_TABLE = every(
    record(
        block_id=BLOCK_ID,
        caption=string(3000),  # no length is documented; that of a text object
        rows=_rows,
        page_size=Maybe(integer(1, 100)),
        row_header_column_index=Maybe(integer(0)),
    ),
    _row_header,
)


def table_faults(blocks: Sequence[tuple[str, dict[str, object]]], at: str) -> Iterator[str]:
    """What is wrong with all tables together. The blocks come with their JSON pointers."""
    tables = [(where, block) for where, block in blocks if block.get("type") in ("table", "data_table")]
    for where, _ in [each for each in tables if each[1]["type"] == "table"][1:]:
        yield fault("only_one_table_allowed", where)
    lengths = {where: _length(block.get("rows")) for where, block in tables}
    for where, length in lengths.items():
        if length > TABLE_TEXT_LIMIT:
            yield fault(f"must be less than {TABLE_TEXT_LIMIT + 1} characters", f"{where}/rows")
    if sum(lengths.values()) > TABLE_TEXT_LIMIT >= max(lengths.values()):
        yield fault(f"tables must be less than {TABLE_TEXT_LIMIT + 1} characters in all blocks together", at)


def _length(cells: object) -> int:
    if isinstance(cells, list):
        return sum(_length(each) for each in cells)
    if not isinstance(cells, dict):
        return 0
    own = cells.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(
        _length(each) for each in cells.values() if isinstance(each, dict | list)
    )
