"""Statements of earlier releases: those that write, each with the values of one use, and a SELECT from each table.

Recorded from the drivers' cursors (SQLite) while those releases' own tests of the store ran. IDs of other rows are 1.
"""

from collections.abc import Sequence
from typing import Any

# ruff: noqa: E501 - as they were sent

WRITES: Sequence[tuple[str, Sequence[Any]]] = (
    (
        "INSERT INTO watched_jobs (workspace, dataflow, run, followed, version, title, status, status_since, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        (
            "T1",
            "1948938e-3923-4602-aba8-f122e3d66faf",
            1,
            False,
            "3",
            "job 1",
            "Up and Running",
            "2026-02-14 12:00:00.000000",
            "2026-02-14 12:00:00.000000",
        ),
    ),
    (
        "INSERT INTO watched_jobs (workspace, dataflow, run, followed, version, title, status, status_since, since_is_exact, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        (
            "T1",
            "1948938e-3923-4602-aba8-f122e3d66faf",
            1,
            False,
            "3",
            "job 1",
            "Up and Running",
            "2026-02-14 12:00:00.000000",
            False,
            "2026-02-14 12:00:00.000000",
        ),
    ),
    (
        "UPDATE watched_jobs SET failure=?, failing_since=?, unseen_told_at=? WHERE watched_jobs.id = ?",
        ("it is gone", "2026-02-14 12:01:00.000000", "2026-02-14 12:01:00.000000", 1),
    ),
    ("UPDATE watched_jobs SET leased_by=? WHERE watched_jobs.id = ?", ("w", 1)),
    ("UPDATE watched_jobs SET leased_by=? WHERE watched_jobs.leased_by = ?", (None, "slow")),
    ("UPDATE watched_jobs SET leased_by=? WHERE watched_jobs.leased_by = ? AND watched_jobs.id IN (?)", (None, "w", 1)),
    ("UPDATE watched_jobs SET leased_by=? WHERE watched_jobs.leased_by IN (?)", (None, "dead")),
    ("UPDATE watched_jobs SET leased_by=? WHERE watched_jobs.leased_by IS NOT NULL", (None,)),
    (
        "UPDATE watched_jobs SET run=?, status=?, status_since=?, since_is_exact=?, seen_at=? WHERE watched_jobs.id = ?",
        (42560, "Running with Error", "2026-02-14 12:00:01.000000", True, "2026-02-14 12:00:01.000000", 1),
    ),
    (
        "UPDATE watched_jobs SET run=?, version=?, title=?, status=?, status_since=?, seen_at=?, failure=?, failing_since=?, unseen_told_at=? WHERE watched_jobs.id = ? AND watched_jobs.leased_by = ? AND watched_jobs.seen_at = ? AND watched_jobs.unseen_told_at IS ?",
        (
            42559,
            "3",
            "orders to lake",
            "Running with Error",
            "2026-02-14 12:00:01.000000",
            "2026-02-14 12:00:02.000000",
            "it hangs",
            "2026-02-14 12:00:03.000000",
            "2026-02-14 12:00:04.000000",
            1,
            "w",
            "2026-02-14 12:00:00.000000",
            None,
        ),
    ),
    (
        "UPDATE watched_jobs SET run=?, version=?, title=?, status=?, status_since=?, since_is_exact=?, seen_at=?, failure=?, failing_since=?, unseen_told_at=? WHERE watched_jobs.id = ? AND watched_jobs.leased_by = ? AND watched_jobs.seen_at = ? AND watched_jobs.unseen_told_at IS ?",
        (
            42559,
            "3",
            "orders",
            "Running with Warning",
            "2026-02-14 12:00:00.000000",
            False,
            "2026-02-14 12:00:01.000000",
            None,
            None,
            None,
            1,
            "w",
            "2026-02-14 12:00:00.000000",
            None,
        ),
    ),
    ("UPDATE watched_jobs SET seen_at=? WHERE watched_jobs.id = ?", ("2026-02-14 13:00:00.000000", 1)),
    (
        "UPDATE watched_jobs SET seen_at=?, failure=?, failing_since=? WHERE watched_jobs.id = ?",
        ("2026-02-14 12:00:01.000000", None, None, 1),
    ),
    (
        "UPDATE watched_jobs SET status=?, status_since=?, seen_at=? WHERE watched_jobs.id = ?",
        ("Running with Error", "2026-02-14 12:00:02.000000", "2026-02-14 12:00:02.000000", 1),
    ),
    (
        "UPDATE watched_jobs SET status=?, status_since=?, since_is_exact=?, seen_at=? WHERE watched_jobs.id = ?",
        ("Running with Error", "2026-02-14 12:00:01.000000", True, "2026-02-14 12:00:01.000000", 1),
    ),
    (
        "UPDATE watched_jobs SET status_since=?, since_is_exact=?, seen_at=? WHERE watched_jobs.id = ?",
        ("2026-02-14 13:00:00.000000", False, "2026-02-14 13:00:00.000000", 1),
    ),
    ("UPDATE watched_jobs SET unseen_told_at=? WHERE watched_jobs.id = ?", ("2026-02-14 12:00:00.000000", 1)),
    (
        "INSERT INTO subscriptions (workspace, watched_job_id, destination, created_by, created_at, wants, told_status) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        ("T1", 1, "C1", "U1", "2026-02-14 12:00:00.000000", "changes", "Up and Running"),
    ),
    (
        "INSERT INTO subscriptions (workspace, watched_job_id, destination, created_by, created_at, wants, told_status, pattern_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING watched_job_id, id",
        ("T1", 1, "C1", "U1", "2026-02-14 12:00:00.000000", "changes", "Up and Running", 1),
    ),
    (
        "UPDATE subscriptions SET considered=(subscriptions.told_status || ? || watched_jobs.status || ? || subscriptions.wants) FROM watched_jobs WHERE subscriptions.id IN (?) AND subscriptions.watched_job_id = watched_jobs.id",
        ("\n", "\n", 1),
    ),
    (
        "UPDATE subscriptions SET created_by=?, wants=?, pattern_id=? WHERE subscriptions.id = ?",
        ("U2", "errors", None, 1),
    ),
    (
        "UPDATE subscriptions SET created_by=?, wants=?, pattern_id=? WHERE subscriptions.pattern_id = ? AND subscriptions.watched_job_id IN (SELECT watched_jobs.id FROM watched_jobs JOIN members ON members.dataflow = watched_jobs.dataflow WHERE members.pattern_id = ? AND watched_jobs.workspace = ? AND watched_jobs.followed = 1)",
        ("U0", "changes", 1, 1, 1, "T1"),
    ),
    ("UPDATE subscriptions SET destination=? WHERE subscriptions.id = ?", ("C_NEW", 2)),
    (
        "UPDATE subscriptions SET destination=? WHERE subscriptions.id IN (SELECT subscriptions.id FROM subscriptions WHERE subscriptions.workspace = ? AND subscriptions.destination = ? ORDER BY subscriptions.id)",
        ("C_NEW", "T1", "C1"),
    ),
    (
        "UPDATE subscriptions SET given_up_at=?, given_up_because=? WHERE subscriptions.id IN (?)",
        ("2026-02-14 13:00:00.000000", "timeout", 1),
    ),
    ("UPDATE subscriptions SET muted_until = NULL WHERE destination = ?", ("C1",)),
    (
        "UPDATE subscriptions SET muted_until=?, muted_at=?, muted_by=? WHERE subscriptions.id = ?",
        ("2026-02-14 13:00:00.000000", "2026-02-14 12:00:00.000000", "U2", 1),
    ),
    (
        "UPDATE subscriptions SET muted_until=?, muted_by=? WHERE subscriptions.id = ?",
        ("2026-02-14 14:00:00.000000", "U1", 1),
    ),
    (
        "UPDATE subscriptions SET paused_because=?, paused_at=? WHERE subscriptions.id = ?",
        ("is_archived", "2026-02-14 13:00:00.000000", 1),
    ),
    (
        "UPDATE subscriptions SET paused_because=?, paused_at=? WHERE subscriptions.id IN (SELECT subscriptions.id FROM subscriptions WHERE subscriptions.workspace = ? AND subscriptions.destination = ? AND subscriptions.paused_because IS NOT NULL ORDER BY subscriptions.id) AND subscriptions.paused_because IS NOT NULL",
        (None, None, "T2", "C1"),
    ),
    (
        "UPDATE subscriptions SET paused_because=?, paused_at=? WHERE subscriptions.id IN (SELECT subscriptions.id FROM subscriptions WHERE subscriptions.workspace = ? AND subscriptions.destination = ? AND subscriptions.paused_because IS NULL ORDER BY subscriptions.id) AND subscriptions.paused_because IS NULL",
        ("is_archived", "2026-02-14 13:00:00.000000", "T1", "C1"),
    ),
    (
        "UPDATE subscriptions SET paused_because=?, paused_at=? WHERE subscriptions.workspace = ? AND subscriptions.destination = ? AND subscriptions.paused_because IS NULL",
        ("not_in_channel", "2026-02-14 13:00:00.000000", "T1", "C1"),
    ),
    ("UPDATE subscriptions SET told_status=? WHERE subscriptions.id = ?", ("Running with Error", 1)),
    (
        "UPDATE subscriptions SET told_status=? WHERE subscriptions.watched_job_id IN (SELECT watched_jobs.id FROM watched_jobs WHERE watched_jobs.workspace = ? AND watched_jobs.dataflow = ? AND watched_jobs.run = ? AND watched_jobs.id != ?) AND subscriptions.destination = ? AND subscriptions.told_status = ? AND NOT (EXISTS (SELECT * FROM deliveries WHERE deliveries.subscription_id = subscriptions.id AND deliveries.settled_at IS NULL))",
        ("Up and Running", "T1", "1948938e-3923-4602-aba8-f122e3d66faf", 2, 2, "C1", "Running with Error"),
    ),
    (
        "UPDATE subscriptions SET told_status=?, muted_until=?, muted_at=?, muted_by=? WHERE subscriptions.id = ?",
        ("Running with Error", None, None, None, 1),
    ),
    (
        "UPDATE subscriptions SET told_status=?, paused_because=?, paused_at=? WHERE subscriptions.id = ?",
        ("Running with Warning", "is_archived", "2026-02-14 13:00:00.000000", 1),
    ),
    ("UPDATE subscriptions SET wants=? WHERE subscriptions.id = ?", ("Undeployed", 1)),
    (
        "UPDATE subscriptions SET wants=?, paused_because=?, paused_at=? WHERE subscriptions.id = ?",
        ("problems", None, None, 1),
    ),
    (
        "UPDATE subscriptions SET wants=?, told_status=? WHERE subscriptions.id = ?",
        ("Undeployed, Stopped", "Running with Warning", 1),
    ),
    (
        "INSERT INTO patterns (workspace, destination, pattern, created_by, created_at, wants) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        ("T1", "C1", "orders*", "U1", "2026-02-14 12:00:00.000000", "changes"),
    ),
    ("UPDATE patterns SET gathered_at=? WHERE patterns.id = ?", ("2026-02-14 12:00:00.000000", 1)),
    ("UPDATE patterns SET paused_because=?, paused_at=? WHERE patterns.id = ?", (None, None, 1)),
    (
        "UPDATE patterns SET paused_because=?, paused_at=? WHERE patterns.workspace = ? AND patterns.destination = ? AND patterns.paused_because IS NULL",
        ("is_archived", "2026-02-14 13:00:00.000000", "T1", "C1"),
    ),
    (
        "UPDATE patterns SET paused_because=?, paused_at=?, gathered_at=? WHERE patterns.workspace = ? AND patterns.destination = ? AND patterns.paused_because IS NOT NULL",
        (None, None, None, "T1", "C1"),
    ),
    (
        "INSERT INTO members (pattern_id, dataflow, workspace) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING dataflow",
        (1, "1948938e-3923-4602-aba8-f122e3d66faf", "T1"),
    ),
    (
        "UPDATE members SET missing_since=? WHERE members.pattern_id = ? AND members.dataflow IN (?)",
        (None, 1, "1948938e-3923-4602-aba8-f122e3d66faf"),
    ),
    (
        "UPDATE members SET missing_since=? WHERE members.pattern_id = ? AND members.dataflow IN (?) AND members.missing_since IS NULL",
        ("2026-02-14 12:00:00.000000", 1, "1948938e-3923-4602-aba8-f122e3d66faf"),
    ),
    (
        "INSERT INTO changes (workspace, watched_job_id, title, old_status, new_status, old_since, at, version, started_by, run, old_run, old_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            "T1",
            1,
            "orders",
            "Up and Running",
            "Running with Error",
            "2026-02-14 12:00:00.000000",
            "2026-02-14 12:00:02.000000",
            "3",
            "ann",
            42559,
            None,
            None,
        ),
    ),
    (
        "INSERT INTO changes (workspace, watched_job_id, title, old_status, new_status, old_since, at, version, started_by, run, old_run, old_version, old_seen_at, old_since_is_exact, at_is_exact) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            "T1",
            1,
            "job 1",
            "Up and Running",
            "Running with Error",
            "2026-02-14 12:00:00.000000",
            "2026-02-14 12:00:01.000000",
            "3",
            "ann",
            1,
            None,
            None,
            "2026-02-14 12:00:00.000000",
            False,
            True,
        ),
    ),
    (
        "INSERT INTO deliveries (workspace, change_id, subscription_id, destination, news, told_before, created_at, next_try_at, tried_at, attempts, leased_by, settled_at, message_ts, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            "T1",
            1,
            1,
            "C1",
            '{"ref":{"dataflow":"1948938e-3923-4602-aba8-f122e3d66faf","run":42559},"title":"orders","old":{"key":"upandrunning","raw":"Up and Running"},"new":{"key":"runningwitherror","raw":"Running with Error"},"old_since":"2026-02-14T12:00:00Z","at":"2026-02-14T12:00:02Z","version":"3","started_by":"ann","followed":false,"old_run":null,"old_version":null,"ends":false,"kind":"change"}',
            "Up and Running",
            "2026-02-14 12:00:02.000000",
            None,
            None,
            0,
            None,
            None,
            None,
            None,
        ),
    ),
    (
        "UPDATE deliveries SET destination=? WHERE deliveries.workspace = ? AND deliveries.destination = ? AND deliveries.settled_at IS NULL",
        ("C_NEW", "T1", "C1"),
    ),
    ("UPDATE deliveries SET leased_by=? WHERE deliveries.id = ?", ("t", 1)),
    ("UPDATE deliveries SET leased_by=? WHERE deliveries.id IN (?)", ("t", 4)),
    (
        "UPDATE deliveries SET leased_by=? WHERE deliveries.id IN (?) AND deliveries.settled_at IS NULL AND deliveries.id = ?",
        (None, 5, 5),
    ),
    (
        "UPDATE deliveries SET leased_by=? WHERE deliveries.id IN (?) AND deliveries.settled_at IS NULL AND deliveries.leased_by = ?",
        (None, 4, "t"),
    ),
    ("UPDATE deliveries SET leased_by=? WHERE deliveries.leased_by = ?", (None, "slow")),
    ("UPDATE deliveries SET leased_by=? WHERE deliveries.leased_by IN (?)", (None, "dead")),
    ("UPDATE deliveries SET leased_by=? WHERE deliveries.leased_by IS NOT NULL", (None,)),
    (
        "UPDATE deliveries SET leased_by=?, settled_at=?, error=? WHERE deliveries.id = ?",
        (None, "2026-02-14 13:00:00.000000", "unreadable", 1),
    ),
    (
        "UPDATE deliveries SET leased_by=?, settled_at=?, message_ts=? WHERE deliveries.id IN (?)",
        (None, "2026-02-14 13:00:00.000000", "1.0", 2),
    ),
    (
        "UPDATE deliveries SET news=?, told_before=?, created_at=? WHERE deliveries.id = ?",
        (
            '{"kind": "change", "ref": {"dataflow": "1948938e-3923-4602-aba8-f122e3d66faf", "run": 42559}, "title": "as it was called", "old": {"key": "upandrunning", "raw": "Up and Running"}, "new": {"key": "runningwithwarning", "raw": "Running with Warning"}, "old_since": "2026-02-14T12:05:00+00:00", "at": "2026-02-14T12:10:00+00:00", "version": "3", "started_by": "ann"}',
            "Up and Running",
            "2026-02-14 12:10:00.000000",
            31,
        ),
    ),
    (
        "UPDATE deliveries SET next_try_at=?, tried_at=?, attempts=(deliveries.attempts + ?), leased_by=?, error=? WHERE deliveries.id IN (?) AND deliveries.settled_at IS NULL AND (deliveries.leased_by = ? OR deliveries.leased_by IS NULL)",
        ("2026-02-14 13:00:30.000000", "2026-02-14 13:00:00.000000", 1, None, "timeout", 1, "t"),
    ),
    (
        "UPDATE deliveries SET settled_at=?, error=? WHERE deliveries.id = ?",
        ("2026-02-14 13:00:00.000000", "is_archived", 3),
    ),
    (
        "UPDATE deliveries SET subscription_id=? WHERE deliveries.subscription_id = ? AND deliveries.settled_at IS NULL",
        (None, 1),
    ),
    (
        "UPDATE deliveries SET subscription_id=? WHERE deliveries.subscription_id IN (?) AND deliveries.settled_at IS NULL",
        (None, 1),
    ),
    (
        "INSERT INTO outages (workspace, cause, destination, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING workspace, cause, destination",
        ("T1", "service", "C1", "2026-02-14 11:59:00.000000"),
    ),
    (
        "INSERT INTO workers (id, seen_at) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id",
        ("t", "2026-11-29 08:50:23.284875"),
    ),
    ("INSERT INTO workers (id, seen_at, good_at) VALUES (?, ?, ?)", ("me", "2026-11-29 08:52:39.644625", None)),
    ("UPDATE workers SET seen_at=? WHERE workers.id = ?", ("2026-11-25 04:52:39.644625", "me")),
    ("UPDATE workers SET seen_at=?, good_at=? WHERE workers.id = ?", ("2026-11-29 08:52:39.644625", None, "me")),
    (
        "INSERT INTO installations (workspace, command) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING workspace",
        ("T1", "/job"),
    ),
    (
        'INSERT INTO handled_requests (workspace, "key", at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING workspace, "key"',
        ("T1", "old", "2026-02-14 12:00:00.000000"),
    ),
    ("INSERT INTO handled_requests (workspace, key, at) VALUES (?, ?, ?)", ("T1", "t1", "2026-02-14 12:00:00.000000")),
    # what 0006 to 0008 brought
    (
        "INSERT INTO subscriptions (workspace, watched_job_id, destination, created_by, created_at, wants, told_status, pattern_id, owner, runbook) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING watched_job_id, id",
        (
            "T1",
            1,
            "C1",
            "U1",
            "2026-02-14 12:00:00.000000",
            "changes",
            "Up and Running",
            1,
            "U2",
            "https://runbook.test",
        ),
    ),
    (
        "INSERT INTO patterns (workspace, destination, pattern, created_by, created_at, wants, owner, runbook) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        ("T1", "C1", "o*", "U1", "2026-02-14 12:00:00.000000", "changes", "U2", "https://runbook.test"),
    ),
    (
        "INSERT INTO deliveries (workspace, change_id, subscription_id, destination, news, told_before, urgent, created_at, next_try_at, tried_at, attempts, leased_by, settled_at, message_ts, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            "T1",
            1,
            1,
            "C1",
            "{}",
            "Up and Running",
            True,
            "2026-02-14 12:00:02.000000",
            None,
            None,
            0,
            None,
            None,
            None,
            None,
        ),
    ),
    (
        "INSERT INTO incidents (workspace, destination, dataflow, run, opening, status, opened_at, changed_at, closed_at, conversation, message_ts, acknowledged_by, acknowledged_at, circumstances, update_due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            "T1",
            "C1",
            "1948938e-3923-4602-aba8-f122e3d66faf",
            42559,
            "{}",
            "Running with Error",
            "2026-02-14 12:00:00.000000",
            "2026-02-14 12:00:00.000000",
            None,
            "C1",
            "1.0",
            None,
            None,
            None,
            None,
        ),
    ),
    (
        "INSERT INTO channel_settings (workspace, destination) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING workspace, destination",
        ("T1", "C1"),
    ),
    (
        "INSERT INTO channel_settings (workspace, destination, threads) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING workspace, destination",
        ("T1", "C2", False),
    ),
    (
        "UPDATE channel_settings SET threads=? WHERE channel_settings.workspace = ? AND channel_settings.destination = ?",
        (False, "T1", "C1"),
    ),
    (
        "DELETE FROM channel_settings WHERE channel_settings.workspace = ? AND channel_settings.destination = ?",
        ("T1", "C1"),
    ),
    (
        "UPDATE incidents SET acknowledged_by=?, acknowledged_at=?, update_due_at=? WHERE incidents.id = ?",
        ("U2", "2026-02-14 13:01:00.000000", "2026-02-14 13:01:01.000000", 1),
    ),
    (
        "UPDATE incidents SET closed_at=?, update_due_at=? WHERE incidents.id = ?",
        ("2026-02-14 13:00:00.000000", "2026-02-14 13:00:01.000000", 1),
    ),
    (
        "UPDATE incidents SET conversation=?, message_ts=?, update_due_at=? WHERE incidents.id = ?",
        ("C1", "2.0", "2026-02-14 13:00:01.000000", 1),
    ),
    (
        "UPDATE incidents SET destination=?, conversation=CASE WHEN (incidents.conversation = ?) THEN ? ELSE incidents.conversation END WHERE incidents.workspace = ? AND incidents.destination = ?",
        ("C2", "C1", "C2", "T1", "C1"),
    ),
)

READS: Sequence[str] = (
    "SELECT watched_jobs.id, watched_jobs.workspace, watched_jobs.dataflow, watched_jobs.run, watched_jobs.followed, watched_jobs.version, watched_jobs.title, watched_jobs.status, watched_jobs.status_since, watched_jobs.seen_at, watched_jobs.failure, watched_jobs.failing_since, watched_jobs.unseen_told_at, watched_jobs.leased_by FROM watched_jobs",
    "SELECT watched_jobs.id, watched_jobs.workspace, watched_jobs.dataflow, watched_jobs.run, watched_jobs.followed, watched_jobs.version, watched_jobs.title, watched_jobs.status, watched_jobs.status_since, watched_jobs.since_is_exact, watched_jobs.seen_at, watched_jobs.failure, watched_jobs.failing_since, watched_jobs.unseen_told_at, watched_jobs.leased_by FROM watched_jobs",
    "SELECT subscriptions.id, subscriptions.workspace, subscriptions.watched_job_id, subscriptions.destination, subscriptions.created_by, subscriptions.created_at, subscriptions.wants, subscriptions.told_status, subscriptions.pattern_id, subscriptions.paused_because, subscriptions.paused_at, subscriptions.muted_until, subscriptions.muted_at, subscriptions.muted_by, subscriptions.given_up_at, subscriptions.given_up_because FROM subscriptions",
    "SELECT subscriptions.id, subscriptions.workspace, subscriptions.watched_job_id, subscriptions.destination, subscriptions.created_by, subscriptions.created_at, subscriptions.wants, subscriptions.told_status, subscriptions.pattern_id, subscriptions.paused_because, subscriptions.paused_at, subscriptions.muted_until, subscriptions.muted_at, subscriptions.muted_by, subscriptions.given_up_at, subscriptions.given_up_because, subscriptions.considered FROM subscriptions",
    "SELECT patterns.id, patterns.workspace, patterns.destination, patterns.pattern, patterns.created_by, patterns.created_at, patterns.wants, patterns.paused_because, patterns.paused_at, patterns.gathered_at, patterns.failure FROM patterns",
    "SELECT members.dataflow, members.missing_since FROM members",
    "SELECT changes.id, changes.workspace, changes.watched_job_id, changes.title, changes.old_status, changes.new_status, changes.old_since, changes.at, changes.version, changes.started_by, changes.run, changes.old_run, changes.old_version FROM changes",
    "SELECT changes.id, changes.workspace, changes.watched_job_id, changes.title, changes.old_status, changes.new_status, changes.old_since, changes.at, changes.version, changes.started_by, changes.run, changes.old_run, changes.old_version, changes.old_seen_at, changes.old_since_is_exact, changes.at_is_exact FROM changes",
    "SELECT deliveries.id, deliveries.workspace, deliveries.change_id, deliveries.subscription_id, deliveries.destination, deliveries.news, deliveries.told_before, deliveries.created_at, deliveries.next_try_at, deliveries.tried_at, deliveries.attempts, deliveries.leased_by, deliveries.settled_at, deliveries.message_ts, deliveries.error FROM deliveries",
    "SELECT outages.workspace, outages.destination FROM outages",
    "SELECT workers.seen_at FROM workers",
    "SELECT installations.command FROM installations",
    "SELECT subscriptions.id, subscriptions.workspace, subscriptions.watched_job_id, subscriptions.destination, subscriptions.created_by, subscriptions.created_at, subscriptions.wants, subscriptions.told_status, subscriptions.pattern_id, subscriptions.paused_because, subscriptions.paused_at, subscriptions.muted_until, subscriptions.muted_at, subscriptions.muted_by, subscriptions.given_up_at, subscriptions.given_up_because, subscriptions.considered, subscriptions.muted_until_change, subscriptions.owner, subscriptions.runbook FROM subscriptions",
    "SELECT patterns.id, patterns.workspace, patterns.destination, patterns.pattern, patterns.created_by, patterns.created_at, patterns.wants, patterns.paused_because, patterns.paused_at, patterns.gathered_at, patterns.failure, patterns.owner, patterns.runbook FROM patterns",
    "SELECT deliveries.id, deliveries.workspace, deliveries.change_id, deliveries.subscription_id, deliveries.destination, deliveries.news, deliveries.told_before, deliveries.urgent, deliveries.created_at, deliveries.next_try_at, deliveries.tried_at, deliveries.attempts, deliveries.leased_by, deliveries.settled_at, deliveries.message_ts, deliveries.error FROM deliveries",
    "SELECT incidents.id, incidents.workspace, incidents.destination, incidents.dataflow, incidents.run, incidents.opening, incidents.status, incidents.opened_at, incidents.changed_at, incidents.closed_at, incidents.conversation, incidents.message_ts, incidents.acknowledged_by, incidents.acknowledged_at, incidents.circumstances, incidents.update_due_at FROM incidents",
    "SELECT channel_settings.workspace, channel_settings.destination, channel_settings.threads FROM channel_settings",
)
