"""How people send a modal's form or close it, and what Slack makes of the app's answer."""

from dataclasses import dataclass, field

from bot.demo.slack.api import payloads
from bot.demo.slack.api.delivery import Answer, Delivery
from bot.demo.slack.api.views import content_of
from bot.demo.slack.block_kit.traversal import inputs
from bot.demo.slack.errors import Refused
from bot.demo.slack.people.fields import Filled
from bot.demo.slack.people.form_errors import form_errors
from bot.demo.slack.people.interactions import Interactions
from bot.demo.slack.workspace.views import View
from bot.demo.slack.workspace.workspace import Workspace

CANT_CONNECT = "We had some trouble connecting. Try again?"


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


class Modals:
    """People fill in modals."""

    def __init__(self, workspace: Workspace, delivery: Delivery, interactions: Interactions) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._interactions = interactions

    async def submit(self, view: View, *, user: str, state: Filled | None = None) -> Submitted:
        """A person sends the form that they see, with `state` in its fields; the app's answer is obeyed.

        A `LookupError` if they don't see it, it has no button for that, or nobody can fill it in like this.
        """
        self._interactions.see(view, user)
        if not view.content.get("submit"):
            raise LookupError(f"the view {view.id} has nothing to send it with")
        values = self._interactions.values(view, state or {}, user)
        if wrong := form_errors(view.blocks, values):
            return Submitted(None, wrong)
        answer = await self._delivery.deliver(payloads.view_submission(self._workspace, view, values, user))
        try:
            return Submitted(answer, self._obeyed(view, answer))
        except Refused:
            return Submitted(answer, complaint=CANT_CONNECT)
        finally:
            self._workspace.touch()

    def close_view(self, view: View, *, user: str) -> None:
        """A person closes the modal that they see. A `LookupError` if they don't see it."""
        self._interactions.see(view, user)
        self._workspace.views.close(view)
        self._workspace.touch()

    def _obeyed(self, view: View, answer: Answer) -> dict[str, str]:
        """Do what the answer asks for; the errors that it shows. Slack's "no" if it can't be done."""
        content = answer.content or {}
        if answer.error:
            raise Refused(answer.error)
        match content.get("response_action"):
            case None if not content:
                self._workspace.views.close(view)
            case "update":
                view.replace(content_of(content.get("view")))
            case "errors":
                return _errors(view, content.get("errors"))
            case _:
                raise Refused("invalid_response_action")
        return {}


def _errors(view: View, errors: object) -> dict[str, str]:
    known = {block_id for block_id, _ in inputs(view.blocks)}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= known:
        raise Refused("invalid_errors")
    if not all(isinstance(words, str) and words for words in errors.values()):
        raise Refused("invalid_errors")
    return errors
