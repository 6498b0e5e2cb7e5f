"""What people list and search: read in pages or in few columns, however much is watched."""
