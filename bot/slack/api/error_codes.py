"""The table of Slack's error codes and what each means. Pure."""

from enum import Enum


class Meaning(Enum):
    """What an error code calls for."""

    RETRY_LATER = "try again"
    DESTINATION_GONE = "this destination can't be reached until a person acts"
    ACCESS_REVOKED = "the bot's own access is refused"
    INVALID_MESSAGE = "the message isn't acceptable; send plain short text"
    MESSAGE_FIXED = "this message can't be changed any more, or is gone"


_CODES = {
    Meaning.RETRY_LATER: """
        ratelimited rate_limited service_unavailable internal_error fatal_error request_timeout
        message_limit_exceeded team_added_to_org org_login_required external_channel_migrating update_failed
        streaming_state_conflict""",
    Meaning.DESTINATION_GONE: """
        channel_not_found not_in_channel is_archived is_inactive restricted_action
        restricted_action_read_only_channel restricted_action_thread_only_channel
        restricted_action_non_threadable_channel restricted_action_thread_locked cannot_reply_to_message
        thread_not_found messages_tab_disabled cannot_dm_bot user_not_found user_disabled user_not_visible
        user_not_in_channel users_not_found not_enough_users team_not_found ekm_access_denied
        slack_connect_file_link_sharing_blocked slack_connect_canvas_sharing_blocked
        slack_connect_blocked_file_type slack_connect_lists_sharing_blocked slack_connect_clip_sharing_blocked""",
    Meaning.ACCESS_REVOKED: """
        account_inactive token_revoked token_expired invalid_auth not_authed missing_scope no_permission
        not_allowed_token_type app_access_restricted access_denied accesslimited enterprise_is_restricted
        two_factor_setup_required deprecated_endpoint method_deprecated insecure_request unknown_method
        as_user_not_supported is_bot team_access_not_granted""",
    Meaning.INVALID_MESSAGE: """
        no_text invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long too_many_attachments
        attachment_payload_limit_exceeded markdown_text_conflict metadata_too_large invalid_metadata_format
        invalid_metadata_schema metadata_must_be_sent_from_app invalid_arg_name invalid_arguments
        invalid_array_arg invalid_charset invalid_form_data invalid_post_type missing_post_type
        duplicate_channel_not_found duplicate_message_not_found draft_already_deleted draft_already_sent
        draft_has_conflict draft_not_found missing_file_data send_on_behalf_not_allowed too_many_contact_cards
        invalid_attachments view_too_large""",
    Meaning.MESSAGE_FIXED: """
        message_not_found cant_update_message edit_window_closed block_mismatch cant_broadcast_message
        no_dual_broadcast_content_update""",
}
MEANINGS = {code: meaning for meaning, codes in _CODES.items() for code in codes.split()}

# Of a reply: the channel itself may be well.
_ABOUT_THREAD = (
    "thread_not_found",
    "cannot_reply_to_message",
    "restricted_action_thread_locked",
    "restricted_action_non_threadable_channel",
)
_FOR_WHOLE_APP = ("rate_limited", "message_limit_exceeded")


def meaning_of(code: str, status: int | None = None) -> Meaning:
    """What to do about an error code, given the HTTP status if there was an answer.

    Server errors and unknown codes are retried: nothing is lost that way.
    """
    if status is not None and (status == 429 or status >= 500):
        return Meaning.RETRY_LATER
    return MEANINGS.get(code, Meaning.RETRY_LATER)


def limits_whole_app(code: str) -> bool:
    """Whether a code limits all that the app (or the workspace) posts, not only one channel."""
    return code in _FOR_WHOLE_APP


def refuses_replies(code: str) -> bool:
    """Whether a code refuses a message only because it is a reply."""
    return code in _ABOUT_THREAD
