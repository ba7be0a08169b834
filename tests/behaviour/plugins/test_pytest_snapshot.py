"""pytest-snapshot: its fixture reads and writes files itself, in the worker."""

from __future__ import annotations

from ..conftest import Run, Suite
from .sides import AUTO, TWO, check_same

SNAPSHOT = ("-p", "snapshot")


def test_written_and_compared(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            import pytest

            @pytest.mark.parametrize("number", [1, 2])
            async def test_text(snapshot, number):
                await asyncio.sleep(0)
                snapshot.assert_match(f"text {number}", "text.txt")

            async def test_directory(snapshot):
                snapshot.assert_match_dir({"a.bin": b"\\x00", "more": {"b.txt": "b"}}, "files")
        """
    )

    def read(run: Run) -> list[tuple[str, dict[str, str]]]:
        names = (each["nodeid"] for each in run.reports)
        return [(name, run.outcome_of(name)) for name in names]

    written = suite.run(*AUTO, *SNAPSHOT, "--snapshot-update", *TWO)
    assert written.outcomes == {"passed": 3, "errors": 3}
    assert "Snapshot directory was modified" in written.text_of("test_text[1]")
    files = [each for each in suite.path.glob("snapshots/test_a/**/*") if each.is_file()]
    assert len(files) == 4
    (suite.path / "snapshots/test_a/test_text/1/text.txt").write_text("another")
    _, (run,) = check_same(suite, read, *SNAPSHOT, isolated=(TWO,))
    assert run.outcomes == {"passed": 2, "failed": 1}
    assert "value does not match the expected value in snapshot" in run.text_of("test_text[1]")
