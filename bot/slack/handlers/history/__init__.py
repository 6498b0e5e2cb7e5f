"""`history`: the report of a job's past, and its picture."""
