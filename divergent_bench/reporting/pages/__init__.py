"""Pages in which one can search and sort: every answer of a run, and its tables."""
