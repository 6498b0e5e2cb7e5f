"""What the product speaks of: jobs, their statuses and changes, and who is notified.

Pure: imports nothing else of bot.
"""
