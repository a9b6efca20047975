"""Numeric layer: units of analysis, intervals, effect sizes, tests. It draws and writes nothing."""
