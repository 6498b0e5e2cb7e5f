"""What the person on call needs next: what goes through a job now, and which of its nodes fail."""

from bot.domain.incident import Circumstances
from bot.slack.messages.blocks import Line, sanitize
from bot.slack.messages.text import listed, quantity, with_unit

_NODES_SHOWN = 3


def circumstances_lines(found: Circumstances | None, *, is_over: bool = False) -> list[Line]:
    """What the jobs service told about a failing job; nothing for what it didn't. `is_over` once the job works."""
    if found is None:
        return []
    now, before = _rates(found.in_rate, found.out_rate), _rates(found.in_rate_before, found.out_rate_before, brief=True)
    lines: list[Line] = []
    if now:
        average = f" · {before} on average since the deployment" if before else ""
        lines.append(["Then: " if is_over else "", now, average])
    if found.failing_nodes:
        nodes = [f"{sanitize(name, 60)} ({sanitize(word, 40)})" for name, word in found.failing_nodes[:_NODES_SHOWN]]
        lines.append([f"{'Failed' if is_over else 'Failing'}: {listed(nodes, len(found.failing_nodes))}"])
    return lines


def _rates(into: float | None, out: float | None, *, brief: bool = False) -> str:
    """`4.5 k messages/s in, 0 out`; the unit stands once, or not at all if it's `brief`."""
    rates: list[str] = []
    for rate, direction in ((into, "in"), (out, "out")):
        if rate is not None:
            text = quantity(rate) if brief or rates else with_unit(rate, "messages/s")
            rates.append(f"{text} {direction}")
    return ", ".join(rates)
