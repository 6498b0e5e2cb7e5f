"""A stand-in of Slack, made from its public documentation."""
