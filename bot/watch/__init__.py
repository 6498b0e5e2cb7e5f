"""Polls the watched jobs, decides what changed, and records it for delivery."""
