"""Jobwatch: a Slack bot that looks up streaming ingestion jobs and tells when they change."""
