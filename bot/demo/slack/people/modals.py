"""Sending a modal's form, the app's answer, and closing the modal."""

from dataclasses import dataclass, field

from bot.demo.slack.api import payloads
from bot.demo.slack.api.delivery import Answer, Delivery
from bot.demo.slack.api.views import content_of
from bot.demo.slack.block_kit.traversal import inputs
from bot.demo.slack.errors import Refused
from bot.demo.slack.people.fields import Filled, form_errors
from bot.demo.slack.people.interactions import Interactions
from bot.demo.slack.workspace.views import View
from bot.demo.slack.workspace.workspace import Workspace

CANT_CONNECT = "We had some trouble connecting. Try again?"


@dataclass(frozen=True)
class Submitted:
    """The result of sending a form.

    `errors` are shown under input blocks, by block ID. Without an `answer`, Slack's client found them and didn't send
    the form. `complaint` is shown above the form after a wrong answer. Without either, the modal is closed or updated.
    """

    answer: Answer | None
    errors: dict[str, str] = field(default_factory=dict)
    complaint: str | None = None


class Modals:
    """What people do with modals."""

    def __init__(self, workspace: Workspace, delivery: Delivery, interactions: Interactions) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._interactions = interactions

    async def submit(self, view: View, *, user: str, state: Filled | None = None) -> Submitted:
        """A person sends the form with `state` in its fields, and Slack does what the app answers.

        Raises `LookupError` if they can't see it, if it has no submit button, or if `state` can't be filled in.
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
        """A person closes the modal. Raises `LookupError` if they can't see it."""
        self._interactions.see(view, user)
        self._workspace.views.close(view)
        self._workspace.touch()

    def _obeyed(self, view: View, answer: Answer) -> dict[str, str]:
        """Do what the answer asks for, and return its errors. Raises Refused."""
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
