"""The table of Slack's error words, and what each answer or failure of the Web API means. Pure."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.notify.dispatcher import AccessRevoked, DestinationGone, NotDelivered, RetryLater

# What calling the Web API can raise: its own family; below it the network's; and, where an answer is of a shape
# that slack-sdk does not expect (text instead of JSON), the AttributeError and TypeError of reading it.
WebApiFailure = (
    SlackClientError,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    asyncio.IncompleteReadError,
    AttributeError,
    TypeError,
    ValueError,
)


class Meaning(Enum):
    """What is to be done about an error word."""

    LATER = "try again"
    GONE = "this destination can't be told until a person acts"
    OUT = "the bot itself is locked out"
    OUR_FAULT = "the message is not acceptable; say it in plain short text"


def _table() -> dict[str, Meaning]:
    words = {
        Meaning.LATER: """
            ratelimited rate_limited service_unavailable internal_error fatal_error request_timeout
            message_limit_exceeded team_added_to_org org_login_required external_channel_migrating""",
        Meaning.GONE: """
            channel_not_found not_in_channel is_archived is_inactive restricted_action
            restricted_action_read_only_channel restricted_action_thread_only_channel
            restricted_action_non_threadable_channel restricted_action_thread_locked cannot_reply_to_message
            thread_not_found messages_tab_disabled cannot_dm_bot user_not_found user_disabled user_not_visible
            user_not_in_channel users_not_found not_enough_users team_not_found ekm_access_denied
            slack_connect_file_link_sharing_blocked slack_connect_canvas_sharing_blocked
            slack_connect_blocked_file_type slack_connect_lists_sharing_blocked slack_connect_clip_sharing_blocked""",
        Meaning.OUT: """
            account_inactive token_revoked token_expired invalid_auth not_authed missing_scope no_permission
            not_allowed_token_type app_access_restricted access_denied accesslimited enterprise_is_restricted
            two_factor_setup_required deprecated_endpoint method_deprecated insecure_request unknown_method
            as_user_not_supported is_bot team_access_not_granted""",
        Meaning.OUR_FAULT: """
            no_text invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long too_many_attachments
            attachment_payload_limit_exceeded markdown_text_conflict metadata_too_large invalid_metadata_format
            invalid_metadata_schema metadata_must_be_sent_from_app invalid_arg_name invalid_arguments
            invalid_array_arg invalid_charset invalid_form_data invalid_post_type missing_post_type
            duplicate_channel_not_found duplicate_message_not_found draft_already_deleted draft_already_sent
            draft_has_conflict draft_not_found missing_file_data send_on_behalf_not_allowed too_many_contact_cards""",
    }
    return {word: meaning for meaning, text in words.items() for word in text.split()}


MEANING = _table()

# Refusals of all that the app (or the workspace) posts, not of what it posts to one channel.
_FOR_EVERYBODY = ("rate_limited", "message_limit_exceeded")


def word_of(failure: BaseException) -> str:
    """Slack's error word for a failure, or ours in the same style where Slack said none."""
    if isinstance(failure, SlackApiError):
        data = getattr(failure.response, "data", failure.response)
        word = data.get("error") if isinstance(data, Mapping) else None
        return word if isinstance(word, str) and word else f"http_{_status(failure) or 'unknown'}"
    if isinstance(failure, TimeoutError):
        return "timed_out"
    return "connection_lost" if isinstance(failure, OSError | aiohttp.ClientError) else "unreadable_answer"


def meaning_of(failure: BaseException) -> Meaning:
    """What is to be done about it. A server's fault and an unknown word mean: again later; nothing is lost that way."""
    status = _status(failure)
    if status is not None and (status == 429 or status >= 500):
        return Meaning.LATER
    return MEANING.get(word_of(failure), Meaning.LATER)


def not_told(failure: BaseException) -> NotDelivered:
    """The failure in the teller's language."""
    word = word_of(failure)
    match meaning_of(failure):
        case Meaning.GONE:
            return DestinationGone(word)
        case Meaning.OUT:
            return AccessRevoked(word)
    return RetryLater(
        word,
        _retry_after(failure),
        everybody=word in _FOR_EVERYBODY,
        unreachable=not isinstance(failure, SlackApiError) or (_status(failure) or 0) >= 500,
    )


def _status(failure: BaseException) -> int | None:
    status = getattr(getattr(failure, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _retry_after(failure: BaseException) -> timedelta | None:
    headers: Any = getattr(getattr(failure, "response", None), "headers", None)
    if not isinstance(headers, Mapping):
        return None
    value = next((str(v) for k, v in headers.items() if str(k).lower() == "retry-after"), "")
    # Slack says whole seconds. A day is more than it ever says; anything else is treated as not said.
    return timedelta(seconds=min(int(value), 86_400)) if value.isascii() and value.isdigit() else None
