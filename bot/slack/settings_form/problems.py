"""What is wrong with a submitted settings form, in words. Pure."""

from bot.slack.settings_form.form import Digest, Form, Part
from bot.slack.watch_form.form import SOME

_STATUS = "Choose at least one status."
_TIME = "Choose a time."


def gaps(form: Form) -> dict[Part, str]:
    """The fields that must be filled in or changed, each with what to do."""
    choices, opened, found = form.choices, form.opened, dict[Part, str]()
    if choices.filter == SOME and not choices.statuses:
        found[Part.STATUSES] = _STATUS
    if choices.digest is not Digest.OFF and choices.digest_at is None:
        found[Part.DIGEST_AT] = _TIME
    if not choices.quiet:
        return found
    is_other = (choices.through, choices.through_statuses) != (opened.through, opened.through_statuses)
    if choices.through == SOME and not choices.through_statuses and is_other:  # statuses that aren't offered stay
        found[Part.THROUGH_STATUSES] = _STATUS
    for part, at in ((Part.QUIET_FROM, choices.quiet_from), (Part.QUIET_UNTIL, choices.quiet_until)):
        if at is None:
            found[part] = _TIME
    if choices.quiet_from is not None and choices.quiet_from == choices.quiet_until:
        found[Part.QUIET_UNTIL] = "Quiet hours can't end when they begin. Choose another time."
    return found
