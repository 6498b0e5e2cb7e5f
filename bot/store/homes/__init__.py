"""Home tabs: what their people chose to see, and which are to be compared with what was published."""
