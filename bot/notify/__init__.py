"""Delivers what waits in the outbox: claims it, groups it into digests, paces them and settles what was accepted."""
