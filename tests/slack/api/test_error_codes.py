import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.api.calls import UNTRUSTED_CERTIFICATE, NotAnswered, WebApiError, called, translated
from bot.slack.api.error_codes import MEANINGS, Meaning, limits_whole_app

# From Slack's method reference (August 2026).
_CHAT_POST_MESSAGE = """
    access_denied accesslimited account_inactive app_access_restricted as_user_not_supported
    attachment_payload_limit_exceeded cannot_reply_to_message channel_not_found deprecated_endpoint
    draft_already_deleted draft_already_sent draft_has_conflict draft_not_found duplicate_channel_not_found
    duplicate_message_not_found ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name
    invalid_array_arg invalid_blocks invalid_blocks_format invalid_charset invalid_form_data invalid_metadata_format
    invalid_metadata_schema invalid_post_type is_archived is_bot markdown_text_conflict message_limit_exceeded
    messages_tab_disabled metadata_must_be_sent_from_app metadata_too_large method_deprecated missing_file_data
    missing_post_type missing_scope msg_blocks_too_long no_permission no_text not_allowed_token_type not_authed
    not_in_channel org_login_required rate_limited ratelimited request_timeout restricted_action
    restricted_action_non_threadable_channel restricted_action_read_only_channel restricted_action_thread_locked
    restricted_action_thread_only_channel send_on_behalf_not_allowed service_unavailable
    slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked
    team_added_to_org team_not_found token_expired token_revoked too_many_attachments too_many_contact_cards
    two_factor_setup_required unknown_method"""
_AUTH_TEST = """
    access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted
    fatal_error internal_error invalid_arg_name invalid_array_arg invalid_auth invalid_charset invalid_form_data
    invalid_post_type is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type
    not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired
    token_revoked two_factor_setup_required unknown_method"""
# Without those of arguments that the bot does not give: it posts to a person's ID instead of opening a conversation.
_CONVERSATIONS_OPEN = """
    access_denied accesslimited account_inactive channel_not_found deprecated_endpoint ekm_access_denied
    enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data
    invalid_post_type is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type
    not_authed not_enough_users org_login_required ratelimited request_timeout service_unavailable team_added_to_org
    token_expired token_revoked two_factor_setup_required unknown_method user_disabled user_not_found
    user_not_visible"""
# Without those of files, which the bot doesn't share.
_CHAT_UPDATE = """
    access_denied accesslimited account_inactive as_user_not_supported block_mismatch cant_broadcast_message
    cant_update_message channel_not_found deprecated_endpoint edit_window_closed ekm_access_denied
    enterprise_is_restricted external_channel_migrating fatal_error invalid_arg_name invalid_array_arg
    invalid_attachments invalid_blocks invalid_blocks_format invalid_charset invalid_form_data invalid_metadata_format
    invalid_metadata_schema invalid_post_type is_bot is_inactive markdown_text_conflict message_limit_exceeded
    message_not_found metadata_must_be_sent_from_app metadata_too_large method_deprecated missing_post_type
    missing_scope msg_too_long no_dual_broadcast_content_update no_permission no_text not_allowed_token_type not_authed
    org_login_required ratelimited request_timeout service_unavailable streaming_state_conflict team_added_to_org
    team_not_found token_expired token_revoked too_many_attachments two_factor_setup_required unknown_method
    update_failed"""
DOCUMENTED = sorted(
    {*_CHAT_POST_MESSAGE.split(), *_AUTH_TEST.split(), *_CONVERSATIONS_OPEN.split(), *_CHAT_UPDATE.split()}
)


def refused(word: object, status: int = 200, headers: dict[str, str] | None = None) -> SlackApiError:
    return answered({"ok": False, "error": word}, status, headers)


def answered(data: object, status: int = 200, headers: dict[str, str] | None = None) -> SlackApiError:
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="https://slack.com/api/chat.postMessage",
        req_args={},
        data=data,  # type: ignore[arg-type]  # slack-sdk hands over whatever came
        headers=headers or {},
        status_code=status,
    )
    return api_error("refused", response)


def api_error(text: str, response: object) -> SlackApiError:
    return SlackApiError(text, response)  # type: ignore[no-untyped-call]


def test_every_documented_code_has_a_meaning() -> None:
    """No documented error code is left to chance."""
    assert [code for code in DOCUMENTED if code not in MEANINGS] == []
    assert [code for code in DOCUMENTED if translated(refused(code)).code != code] == []


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        # A sentence a row: what happened, and what is to be done about the message.
        (
            "not_in_channel",
            Meaning.DESTINATION_GONE,
        ),  # until somebody invites the bot, every message would fail
        ("channel_not_found", Meaning.DESTINATION_GONE),  # deleted, or private and the bot was removed
        ("is_archived", Meaning.DESTINATION_GONE),
        ("restricted_action_read_only_channel", Meaning.DESTINATION_GONE),
        ("messages_tab_disabled", Meaning.DESTINATION_GONE),  # this person can't be messaged, others can
        ("user_disabled", Meaning.DESTINATION_GONE),
        ("ekm_access_denied", Meaning.DESTINATION_GONE),
        ("invalid_auth", Meaning.ACCESS_REVOKED),  # no message whatever will pass
        ("token_revoked", Meaning.ACCESS_REVOKED),
        ("token_expired", Meaning.ACCESS_REVOKED),
        ("account_inactive", Meaning.ACCESS_REVOKED),
        ("missing_scope", Meaning.ACCESS_REVOKED),
        ("ratelimited", Meaning.RETRY_LATER),
        ("rate_limited", Meaning.RETRY_LATER),
        ("internal_error", Meaning.RETRY_LATER),
        ("fatal_error", Meaning.RETRY_LATER),
        ("service_unavailable", Meaning.RETRY_LATER),
        ("request_timeout", Meaning.RETRY_LATER),
        ("message_limit_exceeded", Meaning.RETRY_LATER),  # the workspace's, not the destination's
        ("invalid_blocks_format", Meaning.INVALID_MESSAGE),
        ("msg_blocks_too_long", Meaning.INVALID_MESSAGE),
        ("metadata_too_large", Meaning.INVALID_MESSAGE),
        ("no_text", Meaning.INVALID_MESSAGE),
        ("invalid_blocks", Meaning.INVALID_MESSAGE),  # our fault; sent again as text, which is what matters
        ("a_word_of_next_year", Meaning.RETRY_LATER),
        ("", Meaning.RETRY_LATER),
    ],
)
def test_what_a_code_calls_for(word: str, meaning: Meaning) -> None:
    """Only a word that a person must act upon stops a destination, only the bot's own access stops them all."""
    assert translated(refused(word)).meaning is meaning


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
def test_a_faulty_server_decides_nothing(status: int) -> None:
    """With 429 and 5xx no code pauses a destination or locks the bot out: a proxy in between may have said it."""
    for code in ("invalid_auth", "channel_not_found", "invalid_blocks", "ratelimited"):
        assert translated(refused(code, status)).meaning is Meaning.RETRY_LATER, code


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"Retry-After": "30"}, 30),
        ({"retry-after": "1"}, 1),
        ({"RETRY-AFTER": "0"}, 0),
        ({"Retry-After": "999999999999"}, 86_400),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_slacks_own_wish_goes_along(headers: dict[str, str], after: int | None) -> None:
    """Retry-After is read where it is whole seconds; anything else counts as not said."""
    later = translated(refused("ratelimited", 429, headers))
    assert later.retry_after == (None if after is None else timedelta(seconds=after))


def test_which_limits_concern_the_whole_app() -> None:
    """A channel's own limit slows only that channel down; the app's or the workspace's slows all."""
    assert limits_whole_app("rate_limited")  # the app has posted too much
    assert limits_whole_app("message_limit_exceeded")  # the workspace has
    assert not limits_whole_app("ratelimited")  # this channel had its message of the second
    assert not limits_whole_app("internal_error")


@pytest.mark.parametrize(
    ("failure", "unreachable"),
    [
        (refused("ratelimited", 429), False),  # a limit is an answer
        (refused("internal_error"), False),
        (refused("a_word_of_next_year"), False),
        (refused("service_unavailable", 503), True),
        (answered("<html>", 502), True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (ValueError("no JSON"), True),
    ],
)
def test_a_slack_that_gives_no_answer_is_out_of_reach(failure: Exception, unreachable: bool) -> None:
    """Operators hear of a Slack that is silent or down, not of one that says "later"."""
    assert translated(failure).unreachable is unreachable


@pytest.mark.parametrize("data", ["<html>", "", {}, {"error": None}, {"error": 5}, {"error": ["x"]}, [], None])
def test_an_answer_without_a_word_is_named_by_its_status(data: object) -> None:
    """Whatever stands in place of an error word, the message is kept, and why is short and plain."""
    error = translated(answered(data, 502))
    assert (error.meaning, error.code) == (Meaning.RETRY_LATER, "http_502")


_KEY: Any = SimpleNamespace(ssl=True, host="slack.com", port=443)  # as much of aiohttp's key as its errors show


@pytest.mark.parametrize(
    ("failure", "word"),
    [
        (TimeoutError(), "timed_out"),
        (aiohttp.ServerTimeoutError(), "timed_out"),
        (aiohttp.ServerDisconnectedError(), "connection_lost"),
        (ConnectionResetError(), "connection_lost"),
        (OSError("no route"), "connection_lost"),
        (aiohttp.ClientConnectorDNSError(_KEY, OSError("Name or service not known")), "unknown_host"),
        (aiohttp.ClientConnectorError(_KEY, OSError("refused")), "connection_refused"),
        (aiohttp.ClientConnectorCertificateError(_KEY, Exception("self-signed")), UNTRUSTED_CERTIFICATE),
        (aiohttp.ClientConnectorSSLError(_KEY, OSError("wrong version")), "tls_failed"),
        (aiohttp.ClientProxyConnectionError(_KEY, OSError("refused")), "proxy_refused"),
        (asyncio.IncompleteReadError(b"", 1), "unreadable_answer"),
        (AttributeError("'str' object has no attribute 'get'"), "unreadable_answer"),
        (ValueError("no JSON"), "unreadable_answer"),
        (api_error("no response at all", None), "http_unknown"),
        (api_error("a string", "<html>"), "http_unknown"),
    ],
)
def test_what_is_no_answer_means_later(failure: Exception, word: str) -> None:
    """A network's failures have words in Slack's style, and nothing is lost by them."""
    error = translated(failure)
    assert (error.meaning, error.code) == (Meaning.RETRY_LATER, word)
    assert isinstance(error, NotAnswered)
    assert error.why


_PLAIN = st.none() | st.booleans() | st.integers() | st.text()
_JSON = st.recursive(_PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(_JSON, st.integers(100, 599), st.dictionaries(st.text(), st.text()))
def test_every_answer_means_something(data: object, status: int, headers: dict[str, str]) -> None:
    """Whatever comes back has one of the four meanings."""
    assert translated(answered(data, status, headers)).meaning in Meaning


async def test_a_call_raises_one_error() -> None:
    """What slack-sdk raises, be it an error of reading an odd answer, becomes the one error that callers handle."""

    async def failing() -> AsyncSlackResponse:
        raise AttributeError("'str' object has no attribute 'get'")

    with pytest.raises(WebApiError, match="unreadable_answer"):
        await called(failing())


async def test_a_mistake_in_our_own_call_is_no_failure_of_slack() -> None:
    """A programming error isn't hidden behind a retry."""

    async def method(*, channel: str) -> AsyncSlackResponse:
        raise AssertionError(channel)

    with pytest.raises(TypeError):
        await called(method(chanel="C1"))  # type: ignore[call-arg]  # the mistake


@pytest.mark.parametrize(
    ("failure", "is_answered"),
    [
        (refused("invalid_auth"), True),
        (refused("missing_scope"), True),
        (refused("channel_not_found"), True),
        (refused("invalid_auth", 503), False),  # whoever said so wasn't Slack in good health
        (refused("ratelimited", 429), False),
        (refused("internal_error"), False),
        (refused("a_word_of_next_year"), False),
        (TimeoutError(), False),
    ],
)
def test_only_slacks_own_word_is_a_no(failure: Exception, is_answered: bool) -> None:
    """A token is refused, or a channel hidden, by an answer that says so; everything else is no answer."""
    assert isinstance(translated(failure), NotAnswered) is not is_answered
