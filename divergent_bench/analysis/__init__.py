"""From answers to tables: scores, summaries, statistics."""
