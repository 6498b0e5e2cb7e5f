"""The composition root: makes every part in the order of the flow, and ends them in reverse."""
