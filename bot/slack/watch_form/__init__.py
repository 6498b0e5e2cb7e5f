"""The form behind `/job watch`."""
