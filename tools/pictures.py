"""Make the pictures of the documentation, of runs that need no key.

    python -m tools.pictures docs/images

The demo gives the report and the page of answers, as Debian's chromium shows them. The config of
the tutorial gives the live view: a provider on loopback answers, and the picture is what stands on
a terminal of 80 columns when most of the answers are there.
"""

import argparse
import io
import os
import pty
import re
import signal
import subprocess
import tempfile
import termios
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.text import Text
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from divergent_bench.base.files import write_bytes, write_text
from tests.helpers.browser import chromium, narrow
from tests.helpers.finished import demo
from tests.helpers.loopback import loopback
from tests.helpers.pages import Reader, blocks
from tests.helpers.processes import gateways
from tests.helpers.wires import KEY
from tests.helpers.workflow import Workflow

TUTORIAL = "docs/tutorial.md"
COMMAND = "divergent-bench batch run config/first.yaml"
SCREEN = (1280, 800)
PAGE = (1150, 1210)
SOUGHT = "cinnamon"  # a word of a single answer, which then is open already
COLUMNS = 80
ANSWER_SECONDS = 1.5
ENOUGH = 28  # of the 40 answers that the tutorial asks a provider for
# Rich's SVG names a font of another host, and pages ask for nothing from elsewhere.
FONT_ELSEWHERE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
UP, ERASE = "\x1b[1A", "\x1b[2K"
CONTROL = re.compile(r"\x1b\[[\d;?]*[A-Za-z]|\n|[^\x1b\n]+")


def main() -> None:
    """Make all pictures, in the directory that is named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directory", type=Path, help="where the pictures go")
    directory = parser.parse_args().directory
    with tempfile.TemporaryDirectory() as place:
        flow = Workflow(Path(place), demo())
        flow.run()
        with chromium(Path(place) / "profile") as browser:
            narrow(browser, *SCREEN)
            browser.get((flow.results() / "report.html").as_uri())
            write_bytes(str(directory / "report.png"), screen(browser))
            narrow(browser, *PAGE)
            browser.get(f"{(flow.results() / 'answers.html').as_uri()}#search={SOUGHT}")
            browser.find_element(By.CSS_SELECTOR, ".details button").click()  # its distances
            browser.execute_script("scrollTo(0, 0)")
            write_bytes(str(directory / "answers.png"), screen(browser))
    with tempfile.TemporaryDirectory() as place:
        write_text(directory / "live-view.svg", live_view(Path(place)))


def screen(browser: Chrome) -> bytes:
    """Return what the browser shows, as a small PNG."""
    shown = Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")
    file = io.BytesIO()
    shown.quantize(dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def live_view(directory: Path) -> str:
    """Run the config of the tutorial and return its live view, as SVG."""
    with loopback(delay_s=ANSWER_SECONDS) as server:
        reader = Reader(directory, {}, {"OPENAI_API_BASE": server.url, "OPENAI_API_KEY": KEY})
        reader.write(next(block for block in blocks(TUTORIAL) if block.title), quickly=True)
        text = on_terminal(reader, lambda: len(server.answered) >= ENOUGH)
    for gateway in gateways(directory):
        os.kill(gateway, signal.SIGTERM)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {COMMAND}\n{text}"))
    return FONT_ELSEWHERE.sub("", console.export_svg(title="", unique_id="live"))


def on_terminal(reader: Reader, is_time: Callable[[], bool]) -> str:
    """Give the command on a terminal of its own; return what stands there once `is_time`."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, COLUMNS))
    # The package is that of the checkout which the reader stands in, as in a clone of his own.
    here = {"PYTHONPATH": str(reader.directory), "TERM": "xterm-256color"}
    run = subprocess.Popen(
        COMMAND.split(),
        cwd=reader.directory,
        env=reader.environment | here,
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    printed, shown = "", ""
    with os.fdopen(ours, encoding="utf-8", newline="\n") as terminal:
        try:
            while piece := terminal.readline():
                printed += piece
                whole, redrawn, _ = printed.rpartition(f"\r{ERASE}")
                if not shown and redrawn and is_time():
                    shown = standing(whole)
        except OSError:  # the last process has left the terminal
            pass
    if run.wait() or not shown:
        raise SystemExit(f"{COMMAND}: no picture of it\n{printed}")
    return shown


def standing(printed: str) -> str:
    """Return what stands on a terminal after all that was printed: Rich goes up, and erases."""
    lines = [""]
    for piece in CONTROL.findall(printed.replace("\r", "")):
        if piece == "\n":
            lines.append("")
        elif piece == UP:
            lines.pop()
        elif piece == ERASE:
            lines[-1] = ""
        elif piece[0] != "\x1b" or piece[-1] == "m":
            lines[-1] += piece
    return "\n".join(lines)


if __name__ == "__main__":
    main()
