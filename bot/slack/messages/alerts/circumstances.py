"""What the person on call needs next: what goes through a job now, and which of its nodes fail."""

from bot.domain.incident import Circumstances
from bot.slack.messages.blocks import Line, sanitize
from bot.slack.messages.text import listed, quantity, with_unit

_NODES_SHOWN = 3
# Rates that differ by no more than this part of the average count as the average.
_SAME = 0.1


def circumstances_lines(found: Circumstances | None, *, is_over: bool = False) -> list[Line]:
    """What the jobs service told about a failing job; nothing for what it didn't. `is_over` once the job works."""
    if found is None:
        return []
    lines: list[Line] = []
    if now := _rates(found.in_rate, found.out_rate):
        lines.append(["Then: " if is_over else "", now, _average(found)])
    if found.failing_nodes:
        nodes = [f"{sanitize(name, 60)} ({sanitize(word, 40)})" for name, word in found.failing_nodes[:_NODES_SHOWN]]
        lines.append([f"{'Failed' if is_over else 'Failing'}: {listed(nodes, len(found.failing_nodes))}"])
    return lines


def _average(found: Circumstances) -> str:
    """The average since the deployment, to compare with; only that the rates are about the same if they are."""
    pairs = [(found.in_rate, found.in_rate_before), (found.out_rate, found.out_rate_before)]
    known = [(now, before) for now, before in pairs if before is not None]
    if not known:
        return ""
    if all(now is not None and abs(now - before) <= _SAME * before for now, before in known):
        return " · about the average"
    return f" · on average {_rates(found.in_rate_before, found.out_rate_before)}"


def _rates(into: float | None, out: float | None) -> str:
    """`4.5 k messages/s in, 0 out`; the unit stands once."""
    rates: list[str] = []
    for rate, direction in ((into, "in"), (out, "out")):
        if rate is not None:
            text = quantity(rate) if rates else with_unit(rate, "messages/s")
            rates.append(f"{text} {direction}")
    return ", ".join(rates)
