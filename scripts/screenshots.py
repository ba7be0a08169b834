"""Takes the pictures of docs/how-to/compare.md: the page of examples/broken_suite in both themes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
#: Pixels of a picture: as much as one looks at in a manual.
WIDTH, HEIGHT = 1120, 1240
#: A manual is loaded often, and a repository keeps every version of a picture.
MOST_BYTES = 200_000


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from tests.comparison.browser import browser

    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, browser() as started:
        page = Path(directory, "page.html")
        command = ["-m", "isolated_async", "compare", "--runs=4", "--mode=all", "--format=html", f"--output={page}"]
        subprocess.run([sys.executable, *command], cwd=ROOT / "examples" / "broken_suite", check=True)
        for theme in ("light", "dark"):
            context = started.new_context(
                color_scheme="dark" if theme == "dark" else "light", viewport={"width": WIDTH, "height": HEIGHT}
            )
            visit = context.new_page()
            visit.goto(page.as_uri())
            visit.click("#rows tr:nth-child(2) .open")
            visit.mouse.move(0, 0)
            picture = visit.screenshot(path=IMAGES / f"compare-{theme}.png")
            print(f"docs/images/compare-{theme}.png: {len(picture):,} bytes")
            if len(picture) > MOST_BYTES:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
