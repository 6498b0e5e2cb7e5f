"""What the person on call needs next: what goes through a job now, and which of its nodes fail."""

from bot.domain.incident import Circumstances
from bot.slack.messages.blocks import Line, sanitize
from bot.slack.messages.text import listed, quantity

_NODES_SHOWN = 3


def circumstances_lines(found: Circumstances | None) -> list[Line]:
    """What the jobs service told about a failing job; nothing for what it didn't."""
    if found is None:
        return []
    now, before = _rates(found.in_rate, found.out_rate), _rates(found.in_rate_before, found.out_rate_before, brief=True)
    lines: list[Line] = []
    if now:
        lines.append([now, f" · before: {before}" if before else ""])
    if found.failing_nodes:
        nodes = [f"{sanitize(name, 60)} ({sanitize(word, 40)})" for name, word in found.failing_nodes[:_NODES_SHOWN]]
        lines.append([f"Failing: {listed(nodes, len(found.failing_nodes))}"])
    return lines


def _rates(into: float | None, out: float | None, *, brief: bool = False) -> str:
    """`4.5 k messages/s in, 0 out`; the unit stands once."""
    unit = "" if brief else "messages/s"
    rates: list[str] = []
    for rate, direction in ((into, "in"), (out, "out")):
        if rate is not None:
            rates.append(" ".join(filter(None, (quantity(rate), "" if rates else unit, direction))))
    return ", ".join(rates)
