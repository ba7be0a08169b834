"""A real browser for pages: Debian's Chromium, without a window and without a network."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request

#: Names that it has on several systems.
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


def chromium() -> str:
    """Where it is; empty if there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), "")


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """One that leaves nothing behind: its profile is a fresh one."""
    from playwright.sync_api import sync_playwright  # Not everybody has it.

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)
        try:
            yield started
        finally:
            started.close()


class Visit:
    """A page that is looked at, and what it should not have done meanwhile."""

    def __init__(self, context: BrowserContext, path: Path) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", self._hear)
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", self._note)
        self.page.goto(path.as_uri())

    def text(self, selector: str) -> str:
        """What is seen there."""
        return self.page.inner_text(selector)

    def texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_inner_texts()

    def copied(self) -> str:
        """What is in the clipboard."""
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def focused(self, question: str) -> object:
        """What this JavaScript says of the element that has the focus."""
        return self.page.evaluate(f"(element => {question})(document.activeElement)")

    def _listen(self, message: ConsoleMessage) -> None:
        self.complaints.append(message.text)

    def _hear(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)
