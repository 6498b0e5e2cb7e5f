"""Jobwatch: a Slack bot that looks up streaming ingestion jobs and notifies people when they change."""
