"""The people of the workspace: all that they do."""

from bot.demo.slack.api.delivery import Delivery
from bot.demo.slack.people.administration import Administration
from bot.demo.slack.people.events import Events
from bot.demo.slack.people.interactions import Interactions
from bot.demo.slack.people.messages import Conversation
from bot.demo.slack.people.modals import Modals
from bot.demo.slack.workspace.workspace import Workspace


class People:
    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self.events = Events(workspace, delivery)
        self.conversation = Conversation(workspace, delivery, self.events)
        self.interactions = Interactions(workspace, delivery)
        self.modals = Modals(workspace, delivery, self.interactions)
        self.administration = Administration(workspace, self.events)
