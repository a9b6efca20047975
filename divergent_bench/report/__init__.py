"""The results in words: the report, its finding, the leaderboard, the page."""

from divergent_bench.report.document import write_report
from divergent_bench.report.leaderboard import leaderboard
from divergent_bench.report.page import render_page
from divergent_bench.report.results import Results

__all__ = ["Results", "leaderboard", "render_page", "write_report"]
