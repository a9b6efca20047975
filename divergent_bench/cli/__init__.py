"""The command line, a thin door to the workflow and the package."""
