"""The app as it is installed in the workspace."""

from dataclasses import dataclass, field

from bot.demo.slack.errors import Refused

# What the app's manifest asks for; a test compares them.
_CHANNEL_EVENTS = ("archive", "unarchive", "left", "deleted")
SCOPES = (
    *("commands", "chat:write", "app_mentions:read", "channels:read", "groups:read", "users:read"),
    *("links:read", "links:write"),
    "files:write",
)
BOT_EVENTS = (
    *(f"{kind}_{event}" for kind in ("channel", "group") for event in _CHANNEL_EVENTS),
    *("channel_id_changed", "member_joined_channel", "member_left_channel", "link_shared"),
    *("app_home_opened", "app_uninstalled", "tokens_revoked", "app_mention"),
)
SHORTCUTS = {"look_up_job": "global", "watch_job_in_message": "message"}


@dataclass
class App:
    """Its IDs, secrets and rights, all of which can be changed at any time.

    `scopes` are the bot token's, `bot_events` the subscriptions, `shortcuts` its shortcuts and their types, and
    `unfurl_domains` the hosts of whose links it is told. `token_fault` refuses every call with a right token,
    e.g. with `token_revoked` or `account_inactive`.
    """

    team_id: str = "T0DEMO0001"
    team_domain: str = "jobwatch-demo"
    team_name: str = "Jobwatch Demo"
    id: str = "A0DEMO0001"
    name: str = "jobwatch"
    bot_id: str = "B0DEMO0001"
    bot_user_id: str = "U0DEMOBOT1"
    bot_token: str = "xoxb-demo-0001"
    app_token: str = "xapp-1-A0DEMO0001-demo"
    signing_secret: str = "demo0signing0secret"
    verification_token: str = "demo0verification"
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    bot_events: set[str] = field(default_factory=lambda: set(BOT_EVENTS))
    shortcuts: dict[str, str] = field(default_factory=lambda: dict(SHORTCUTS))
    unfurl_domains: set[str] = field(default_factory=set)
    token_fault: str | None = None
    messages_tab_enabled: bool = True
    home_tab_enabled: bool = True

    def require(self, scope: str) -> None:
        """The bot token must have been given this scope."""
        if scope not in self.scopes:
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))
