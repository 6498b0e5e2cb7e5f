"""Replies to a request: by its response URL or, where there is none, by the Web API: to a mention, and in a modal to a
press in the Home tab."""

from bot.slack.api.messenger import NotPosted, SlackMessenger
from bot.slack.api.response_urls import ResponseUrls
from bot.slack.api.views import ViewsApi
from bot.slack.messages.blocks import Message
from bot.slack.messages.modals.from_home import reply_modal
from bot.slack.request import Request


class Replies:
    """Sends replies. None raises: there is nobody left to tell."""

    def __init__(self, response_urls: ResponseUrls, views_api: ViewsApi, messenger: SlackMessenger) -> None:
        self._response_urls = response_urls
        self._views_api = views_api
        self._messenger = messenger

    async def send(
        self, request: Request, message: Message, *, in_channel: bool = False, replaces: bool = False
    ) -> bool:
        """Reply to the person, to everybody in the channel, or in place of the message whose button was pressed; return
        whether Slack accepted it.

        In a thread the person alone gets the reply there; what everybody must see stands in the channel.
        """
        if request.response_url:
            return await self._response_urls.post(
                request.response_url, message, in_channel=in_channel, replaces=replaces
            )
        if in_channel:
            return not isinstance(await self._messenger.post(request.channel, message), NotPosted)
        if request.at_home:
            return await self._show(request, message)
        return await self._views_api.post_ephemeral(request.channel, request.user, message, thread=request.thread)

    async def _show(self, request: Request, message: Message) -> bool:
        """In a modal or, once that can't be opened any more, by direct message."""
        opened = await self._views_api.open(request.trigger or "", reply_modal(message, request.channel))
        if not isinstance(opened, str):
            return True
        return not isinstance(await self._messenger.post(request.user, message), NotPosted)
