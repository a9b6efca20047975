"""Texts that would do something if anybody took them for more than text."""

CONTROL = ("\x1b[2J\x1b]0;owned\x07", "a\x00b", "\x9b31m", "\r", "\u202egnp.exe\u202c")
MARKUP = (
    "<script>alert(1)</script>",
    "</td></table></script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/p.png)",
    "<javascript:alert(1)>",
    "`tick` ```\n# fence",
    "| a | b |",
    "$\\frac{$",
    "[bold]x[/nothing]",
    "\n\n.. raw:: html\n\n   <b>raw</b>",
)
FORMULAS = ("=cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0", "+1+1", "-1+1")
SHELL = ("'; touch owned; '", "$(touch owned)", "`touch owned`", "{config[name]} %s {0}")
ANSWERS = (*CONTROL, *MARKUP, *FORMULAS, *SHELL, "w" * 5000)
# Names that hold what joins names in a sentence or a cell, or what sentences say of them.
NAMES = (
    "acme/spooled-7b",
    "students, Leipzig",
    "a; left out: b",
    "c has one unique list",
    "x|y",
    "it's \"quoted\", isn't it",
    "pooled over conditions that differ",
    "n" * 60,
)
