"""The results in words: the report, its finding, the leaderboard."""

from divergent_bench.report.document import write_report
from divergent_bench.report.leaderboard import leaderboard

__all__ = ["leaderboard", "write_report"]
