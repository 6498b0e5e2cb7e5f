"""Everything that a destination can be notified of.

Notifications are stored as JSON until they are delivered. A new field needs a default, so that older rows can still be
read. Times are aware UTC.
"""
