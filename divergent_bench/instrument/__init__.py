"""The measuring instrument: tasks, prompts, the parser, semantic spaces, scores and norms."""
