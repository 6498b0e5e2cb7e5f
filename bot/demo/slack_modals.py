"""How people send a modal's form or close it, and what Slack makes of the app's answer."""

from dataclasses import dataclass, field

from bot.demo import slack_response_urls, slack_view_payloads
from bot.demo.slack_actions import inputs
from bot.demo.slack_delivery import Answer
from bot.demo.slack_faults import Refused
from bot.demo.slack_form import complaints
from bot.demo.slack_presses import PressedWorkspace, Values
from bot.demo.slack_state import Filled, Payload
from bot.demo.slack_view_methods import content_of
from bot.demo.slack_views import View

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True)
class Submitted:
    """What came of sending a form.

    `answer` is None if it was not sent, since Slack's client itself found `errors`: words under input blocks, by the
    block's ID. `complaint` is what stands above the form if the app did not answer as it should. The modal is done
    with, or shows something else, if there is neither.
    """

    answer: Answer | None
    errors: dict[str, str] = field(default_factory=dict)
    complaint: str | None = None


class ModalWorkspace(PressedWorkspace):
    """A workspace in which people fill in modals."""

    async def submit(
        self, view: View, *, user: str, state: Filled | None = None, over_http: bool | None = None
    ) -> Submitted:
        """A person sends the form that they see, with `state` in its fields; the app's answer is obeyed.

        A `LookupError` if they don't see it, it has no button for that, or nobody can fill it in like this.
        """
        self._see(view, user)
        if not view.content.get("submit"):
            raise LookupError(f"the view {view.id} has nothing to send it with")
        values = self.values(view, state or {}, user)
        wrong = complaints(view.blocks, values)
        if wrong:
            return Submitted(None, wrong)
        parcel = slack_view_payloads.submission(self, view, values, self._response_urls(view, values, user), user)
        answer = await self.delivery.deliver(parcel, over_http=over_http)
        try:
            return Submitted(answer, self._obeyed(view, answer))
        except Refused:
            return Submitted(answer, complaint=TROUBLE)
        finally:
            self.touch()

    async def close_view(
        self, view: View, *, user: str, clear: bool = False, over_http: bool | None = None
    ) -> Answer | None:
        """A person closes the modal that they see; with `clear` its whole stack, as the X in its corner does.

        The app's answer if it asked to hear of that, else None. A `LookupError` if they don't see it.
        """
        self._see(view, user)
        if view.content["type"] == "home":
            raise LookupError("App Home can't be closed")
        is_cleared = clear or view.content.get("clear_on_close") is True
        self.views.clear(view) if is_cleared else self.views.close(view)
        self.touch()
        if not view.content.get("notify_on_close"):
            return None
        parcel = slack_view_payloads.closing(self, view, is_cleared, user)
        return await self.delivery.deliver(parcel, over_http=over_http)

    def _obeyed(self, view: View, answer: Answer) -> dict[str, str]:
        """Do what the answer asks for; the errors that it shows. Slack's "no" if it can't be done."""
        content = answer.content or {}
        if answer.error:
            raise Refused(answer.error)
        match content.get("response_action"):
            case None if not content:
                self.views.close(view)
            case "clear":
                self.views.clear(view)
            case "update":
                new = content_of(self, content.get("view"), "modal")
                self.views.free(new, view)
                view.stored(new)
            case "push":
                self.views.add(view.user, content_of(self, content.get("view"), "modal"), view)
            case "errors":
                return _errors(view, content.get("errors"))
            case _:
                raise Refused("invalid_response_action")
        return {}

    def _response_urls(self, view: View, values: Values, user: str) -> list[Payload]:
        """An address to answer at, for each menu of conversations that asks for one and has one chosen."""
        found: list[Payload] = []
        for block_id, block in inputs(view.blocks):
            element = block.get("element")
            if isinstance(element, dict) and element.get("response_url_enabled"):
                action_id = str(element.get("action_id"))
                held = values[block_id][action_id]
                channel = held.get("selected_conversation") or held.get("selected_channel")
                if channel:
                    url = slack_response_urls.issue(self, user, str(channel)).url
                    names = {"block_id": block_id, "action_id": action_id}
                    found.append({**names, "channel_id": channel, "response_url": url})
        return found


def _errors(view: View, errors: object) -> dict[str, str]:
    known = {block_id for block_id, _ in inputs(view.blocks)}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= known:
        raise Refused("invalid_errors")
    if not all(isinstance(words, str) and words for words in errors.values()):
        raise Refused("invalid_errors")
    return errors
