"""The form behind `/job settings`."""
