"""Stand-ins of the jobs service and of Slack on loopback, for the demo and for the tests."""
