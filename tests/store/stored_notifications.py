"""A notification of each kind: as the previous release stored it, and what it means."""

from bot.domain.change import Change
from bot.domain.job import Status
from bot.domain.notification.confirmations import Deed, JobConfirmation, JobThen, PatternConfirmation
from bot.domain.notification.digest import Notification
from bot.domain.notification.jobs import JobAdded, JobAvailableAgain, JobRemoved, JobUnavailable, StillFailing
from bot.domain.notification.service import LastStatus, LoginRefused, Outage, OutageEnded, Paused, Resumed
from bot.domain.status_filter import StatusFilter
from tests.cast import BEN, ERROR, HOUR, NOON, OPS, ORDERS

_UP = Status.of("UP_AND_RUNNING")
_REF = '"ref":{"dataflow":"1948938e-3923-4602-aba8-f122e3d66faf","run":42559},"title":"orders"'
_UP_JSON = '{"key":"upandrunning","raw":"UP_AND_RUNNING"}'
_ERROR_JSON = '{"key":"runningwitherror","raw":"Running with Error"}'

STORED: list[tuple[str, Notification]] = [
    (
        f'{{{_REF},"old":{_UP_JSON},"new":{_ERROR_JSON},"old_since":"2026-02-14T11:00:00Z",'
        '"at":"2026-02-14T12:00:00Z","version":"3","started_by":"ann","followed":true,"old_run":42558,'
        '"old_version":"2","ends":false,"kind":"change"}',
        Change(ORDERS, "orders", _UP, ERROR, NOON - HOUR, NOON, "3", "ann", True, 42558, "2", False),
    ),
    (
        f'{{{_REF},"status":{_UP_JSON},"reason":"it hangs","since":"2026-02-14T12:00:00Z","followed":true,'
        '"kind":"out_of_sight"}',
        JobUnavailable(ORDERS, "orders", _UP, "it hangs", NOON, followed=True),
    ),
    (
        f'{{{_REF},"status":{_ERROR_JSON},"unseen_since":"2026-02-14T11:00:00Z","at":"2026-02-14T12:00:00Z",'
        '"followed":true,"kind":"back_in_sight"}',
        JobAvailableAgain(ORDERS, "orders", ERROR, NOON - HOUR, NOON, followed=True),
    ),
    (
        f'{{{_REF},"status":{_ERROR_JSON},"since":"2026-02-14T11:00:00Z","muted_at":"2026-02-14T11:00:00Z",'
        '"muted_by":"U2","at":"2026-02-14T12:00:00Z","followed":false,"kind":"still_bad"}',
        StillFailing(ORDERS, "orders", ERROR, NOON - HOUR, NOON - HOUR, BEN, NOON),
    ),
    (
        '{"reason":"no answer","since":"2026-02-14T12:00:00Z","count":2,'
        f'"jobs":[{{"title":"orders","status":{_ERROR_JSON}}},{{"title":"clicks","status":{_UP_JSON}}}],'
        '"kind":"outage"}',
        Outage("no answer", NOON, 2, (LastStatus("orders", ERROR), LastStatus("clicks", _UP))),
    ),
    (
        '{"since":"2026-02-14T11:00:00Z","at":"2026-02-14T12:00:00Z","kind":"outage_over"}',
        OutageEnded(NOON - HOUR, NOON),
    ),
    (
        '{"reason":"refused","remedy":"Correct it.","since":"2026-02-14T12:00:00Z","kind":"login_refused"}',
        LoginRefused("refused", "Correct it.", NOON),
    ),
    (
        '{"destination":"C1","why":"is_archived","count":12,"titles":["orders","clicks"],"kind":"paused"}',
        Paused(OPS, "is_archived", 12, ("orders", "clicks")),
    ),
    (
        '{"count":12,"paused_at":"2026-02-14T12:00:00Z","kind":"resumed"}',
        Resumed(12, NOON),
    ),
    (
        f'{{{_REF},"status":{_UP_JSON},"at":"2026-02-14T12:00:00Z","followed":true,"kind":"appeared"}}',
        JobAdded(ORDERS, "orders", _UP, NOON),
    ),
    (
        f'{{{_REF},"status":{_ERROR_JSON},"at":"2026-02-14T12:00:00Z","followed":true,"kind":"disappeared"}}',
        JobRemoved(ORDERS, "orders", ERROR, NOON),
    ),
    (
        f'{{"deed":"muted",{_REF},"status":{_UP_JSON},"by":"U2","at":"2026-02-14T12:00:00Z","followed":true,'
        f'"to_person":false,"failure":"it hangs","status_filter":{{"word":null,"statuses":[{_ERROR_JSON}]}},'
        '"until":"2026-02-14T13:00:00Z","changes_follow":false,"kind":"job_confirmation"}',
        JobConfirmation(
            Deed.MUTED,
            ORDERS,
            "orders",
            _UP,
            BEN,
            NOON,
            followed=True,
            failure="it hangs",
            status_filter=StatusFilter.of([ERROR]),
            until=NOON + HOUR,
        ),
    ),
    (
        '{"deed":"changed","key":"orders*","by":"U2","at":"2026-02-14T12:00:00Z","to_person":true,'
        '"status_filter":{"word":"errors","statuses":[]},"jobs":12,'
        f'"worst":[{{"title":"orders","status":{_ERROR_JSON},"failure":null}}],"kind":"pattern_confirmation"}}',
        PatternConfirmation(
            Deed.CHANGED,
            "orders*",
            BEN,
            NOON,
            to_person=True,
            status_filter=StatusFilter("errors"),
            jobs=12,
            worst=(JobThen("orders", ERROR),),
        ),
    ),
]
