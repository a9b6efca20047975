"""The results in words: the report, its finding, the leaderboard, the page."""
