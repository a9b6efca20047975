"""Running the workflow, and what surrounds a run."""
