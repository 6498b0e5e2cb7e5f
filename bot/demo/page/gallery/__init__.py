"""Every view of the bot with example data, on one page.

A new view is one line in the module of its idea, e.g. in `alerts.py`.
"""
