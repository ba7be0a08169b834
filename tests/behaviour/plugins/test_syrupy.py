"""syrupy: snapshots that isolated tests use, write and leave unused, and its summary of them."""

from __future__ import annotations

import re

from ..conftest import Run, Suite
from .sides import AUTO, TWO, check_same

SYRUPY = ("-p", "syrupy")

SOURCE = """
    import asyncio
    import pytest
    from syrupy.extensions.json import JSONSnapshotExtension
    from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

    class TextFiles(SingleFileSnapshotExtension):
        _write_mode = WriteMode.TEXT
        file_extension = "txt"

    @pytest.mark.parametrize("number", [1, 2])
    async def test_amber(snapshot, number):
        await asyncio.sleep(0)
        assert {"number": number} == snapshot
        assert [number] == snapshot(name="by name")

    async def test_json(snapshot):
        assert {"a": (1, 2)} == snapshot.use_extension(JSONSnapshotExtension)

    async def test_own_extension(snapshot):
        assert "text" == snapshot(extension_class=TextFiles)

    def test_local_extension(snapshot):
        class Local(JSONSnapshotExtension):
            pass

        assert {"local": True} == snapshot.use_extension(Local)

    class TestClass:
        async def test_method(self, snapshot):
            assert "of a method" == snapshot

    @pytest.mark.xfail(strict=False)
    async def test_expected_to_differ(snapshot):
        assert "not there yet" == snapshot
"""


def _read(suite: Suite, run: Run) -> tuple[str, dict[str, str]]:
    """The summary, and every snapshot that there is."""
    summary = run.stdout.partition("snapshot report summary")[2].partition("short test summary")[0]
    files = {
        str(each.relative_to(suite.path)): each.read_text()
        for each in suite.path.glob("__snapshots__/**/*")
        if each.is_file()
    }
    # The line below the summary has a duration.
    summary = re.sub(r"=+ .* =+", "", summary)
    return re.sub(r"0x[0-9a-f]+", "0x0", summary), {
        name: re.sub(r"0x[0-9a-f]+", "0x0", text) for name, text in files.items()
    }


def test_written_used_and_unused(any_suite: Suite) -> None:
    any_suite.write(test_a=SOURCE)

    def read(run: Run) -> tuple[str, dict[str, str]]:
        return _read(any_suite, run)

    (summary, _), _ = check_same(any_suite, read, *SYRUPY, isolated=(TWO,))  # Nothing is there.
    assert "6 snapshots failed" in summary
    assert "1 snapshot xfailed" in summary
    run = any_suite.run(*AUTO, *SYRUPY, "--snapshot-update", *TWO)
    assert "9 snapshots generated" in run.stdout
    (summary, files), _ = check_same(any_suite, read, *SYRUPY, isolated=(TWO,))
    assert "9 snapshots passed.\n" in summary
    assert "__snapshots__/test_a/test_own_extension.txt" in files
    # Fewer tests and another value: some snapshots are unused, one differs.
    any_suite.write(test_a=SOURCE.replace("[1, 2]", "[1]").replace('"of a method"', '"of another"'))
    (summary, _), _ = check_same(any_suite, read, *SYRUPY, "--snapshot-details", isolated=(TWO,))
    assert "1 snapshot failed" in summary
    assert "2 snapshots unused" in summary
    assert "test_amber[2]" in summary
    run = any_suite.run(*AUTO, *SYRUPY, "--snapshot-update", *TWO)
    assert "1 snapshot updated" in run.stdout
    assert "2 unused snapshots deleted" in run.stdout
    text = (any_suite.path / "__snapshots__" / "test_a.ambr").read_text()
    assert "test_amber[1]" in text
    assert "test_amber[2]" not in text


def test_with_tests_of_the_host(suite: Suite) -> None:
    """Snapshots of both kinds of tests are in one file."""
    suite.write(
        test_a="""
            from isolated_async import isolated_loop

            @isolated_loop
            async def test_isolated(snapshot):
                assert 1 == snapshot

            def test_in_the_host(snapshot):
                assert 2 == snapshot
        """
    )
    suite.run(*AUTO, *SYRUPY, "--snapshot-update")
    run = suite.run(*AUTO, *SYRUPY)
    assert "1 of 2 tests isolated" in run.stdout
    assert "2 snapshots passed.\n" in run.stdout
    assert run.result.ret == 0
