"""Every view: each public function of the messages that makes a message for people."""

import inspect
from collections.abc import Callable
from types import ModuleType

from bot.slack.messages import (
    confirmations,
    failures,
    help,
    look_up,
    muting,
    patterns,
    pickers,
    watch_list,
)
from bot.slack.messages.alerts import acknowledging, threads
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.alerts.incident import incident_message
from bot.slack.messages.blocks import Message
from bot.slack.messages.channel import digests, maintenance, permissions, quiet_hours
from bot.slack.messages.channel import settings as changes
from bot.slack.messages.history import report
from bot.slack.messages.modals import all_jobs, job_details
from bot.slack.messages.modals import look_up as look_up_modal
from bot.slack.messages.reminding import refusals

_MODULES = (
    *(acknowledging, confirmations, failures, help, job_details, report, look_up, muting, patterns, pickers),
    *(all_jobs, digests, look_up_modal, maintenance, quiet_hours, refusals, threads, watch_list),
)


def views_of(*modules: ModuleType) -> set[Callable[..., Message]]:
    """The views in some modules."""
    return {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.signature(function).return_annotation is Message
    }


ALL_VIEWS: set[Callable[..., Message]] = {digest_message, incident_message, *views_of(*_MODULES)}
SETTINGS_VIEWS: set[Callable[..., Message]] = views_of(changes, permissions)
