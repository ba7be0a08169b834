"""Cases on two hosts with a real sshd each: they run there, and one of the hosts may go away."""

from __future__ import annotations

import sys
import time

import pytest

from isolated_async.remote.connection import CONNECT_LIMIT_S
from isolated_async.remote.link import SILENCE_LIMIT_S

from ..behaviour.machines import Machines, outcomes
from .network import Host

pytestmark = pytest.mark.machines

#: Seconds that a run takes, next to the limits that it waits for: a busy machine.
PATIENCE_S = 30.0

#: A test that goes on when two of each host, and one here, stand at this point.
MEETING = """
    async def meet(name):
        note(f"{name} {where}")
        while len(open(notes).read().splitlines()) < 5:
            await asyncio.sleep(0.01)
"""


def test_cases_on_two_hosts(machines: Machines, hosts: list[Host]) -> None:
    machines.write(
        test_a=MEETING
        + """
    @pytest.mark.parametrize("number", range(5))
    async def test_meets(number):
        await meet(number)
        address = os.environ["SSH_CONNECTION"].split()[2] if where != "here" else "none"
        print("on", where, address, flush=True)
        assert {"here": "none", "a": "10.213.1.2", "b": "10.213.2.2"}[where] == address

    @isolated_loop(scope="module")
    @pytest.mark.parametrize("number", range(20))
    async def test_of_a_group(number, tmp_path):
        note(f"{os.getpid()}")
        assert number != 7
    """
    )
    specs = [host.spec(2, machines.there) for host in hosts]
    run = machines.suite.run("--isolated-loop", "--isolated-loop-timeout=30", *specs, "-v", "-s")
    assert run.result.ret == pytest.ExitCode.TESTS_FAILED
    of_the_group = [(f"test_of_a_group[{n}]", "failed" if n == 7 else "passed") for n in range(20)]
    assert outcomes(run) == [*((f"test_meets[{number}]", "passed") for number in range(5)), *of_the_group]
    met, pids = machines.notes()[:5], machines.notes()[5:]
    assert sorted(note.split()[1] for note in met) == ["a", "a", "b", "b", "here"]
    assert len(pids) == 20
    assert len(set(pids)) == 1
    for host in hosts:
        assert run.stdout.count(f"on {host.name} {host.address}") == 2
        host.assert_nothing_left()
    machines.assert_nothing_left()


def test_ways_through_another_host_and_by_a_socket_server(machines: Machines, hosts: list[Host]) -> None:
    machines.write(
        test_a="""
            @pytest.mark.parametrize("number", range(3))
            async def test_meets(number):
                note(where)
                while len(open(notes).read().splitlines()) < 3:
                    await asyncio.sleep(0.01)
        """
    )
    a, b = hosts
    server = b.start(sys.executable, "-m", "execnet.script.socketserver", f"{b.address}:8888")
    try:
        gate = a.spec(0, machines.there, "id=gate")
        # Execnet sets the environment in the server itself: it has none of its own for a run.
        by_socket = f"--isolated-loop-tx=socket={b.address}:8888//chdir={machines.there}//env:WHERE=by socket"
        arguments = ["--isolated-loop", "--isolated-loop-timeout=30", gate, by_socket]
        arguments.append(machines.spec(1, f"python={sys.executable}", "via=gate"))
        # Twice: the server serves others as well.
        for _ in range(2):
            run = machines.suite.run(*arguments)
            assert run.result.ret == 0, run.stderr
            assert outcomes(run) == [(f"test_meets[{number}]", "passed") for number in range(3)]
            assert sorted(machines.notes()) == ["by socket", "here", "there"]
            (machines.temporary.parent / "notes").unlink()
            a.assert_nothing_left()
            assert server.poll() is None
    finally:
        server.kill()
        server.wait()


LOST = """
    @pytest.mark.parametrize("number", range(5))
    async def test_meets(number):
        await meet(number)
        if where == "here":
            CUT
        elif where == "a":
            await asyncio.sleep(1000)

    @pytest.mark.parametrize("number", range(10))
    async def test_goes_on(number):
        note(f"goes on {where}")
"""


def _check_loss(machines: Machines, hosts: list[Host], cut: str, reason: str, limit_s: float) -> None:
    """Host ``a`` goes away when two cases of it run: these are lost, and all others pass on the rest."""
    machines.write(test_a=MEETING + LOST.replace("CUT", cut))
    started = time.monotonic()
    # Shorter than the time in which a silent host is given up.
    arguments = ["--isolated-loop", f"--isolated-loop-timeout={SILENCE_LIMIT_S / 2}"]
    run = machines.suite.run(*arguments, *(host.spec(2, machines.there) for host in hosts), timeout=120)
    assert time.monotonic() - started < limit_s + PATIENCE_S
    assert run.result.ret == pytest.ExitCode.TESTS_FAILED
    on_a = {int(note[0]) for note in machines.notes()[:5] if note.endswith(" a")}
    assert len(on_a) == 2
    assert outcomes(run) == [
        *((f"test_meets[{number}]", "failed" if number in on_a else "passed") for number in range(5)),
        *((f"test_goes_on[{number}]", "passed") for number in range(10)),
    ]
    for number in on_a:
        assert f"the isolated test was lost during call: ssh=a: {reason}" in run.text_of(f"test_meets[{number}]")
    assert len(machines.notes()) == 15
    assert not [note for note in machines.notes()[5:] if note == "goes on a"]
    machines.assert_nothing_left()


def test_sshd_is_killed(machines: Machines, hosts: list[Host]) -> None:
    machines.write(
        conftest="""
            def parent_of(pid):
                return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])

            if where == "a":
                # The session's sshd, above what it has started.
                pid = os.getpid()
                while not open(f"/proc/{pid}/comm").read().startswith("sshd"):
                    pid = parent_of(pid)
                with open(notes + "-sshd", "w") as file:
                    file.write(str(pid))
        """
    )
    cut = "os.kill(int(open(notes + '-sshd').read()), signal.SIGKILL)"
    _check_loss(machines, hosts, cut, "the connection has ended", 0)
    for host in hosts:
        host.assert_nothing_left()


def test_the_network_is_cut(machines: Machines, hosts: list[Host]) -> None:
    a, b = hosts
    cut = f"import subprocess; subprocess.run({a.cut_command()}, check=True)"
    try:
        _check_loss(machines, hosts, cut, f"nothing was heard of it for {SILENCE_LIMIT_S:g} s", SILENCE_LIMIT_S)
        # Cut off, that host notices by itself.
        a.assert_nothing_left(SILENCE_LIMIT_S + PATIENCE_S)
    finally:
        a.mend()
    b.assert_nothing_left()


def test_hosts_that_cannot_be_reached(machines: Machines, hosts: list[Host]) -> None:
    machines.write(test_a="async def test_a():\n    open('ran', 'w')\n")
    a, b = hosts
    config = f"ssh_config={a.directory}/ssh_config"
    stranger = a.directory / "stranger"
    stranger.write_text((a.directory / "ssh_config").read_text().replace("client_key", "host_key"))
    unknown = a.directory / "unknown"
    unknown.write_text((a.directory / "ssh_config").read_text().replace("HostKeyAlias a", "HostKeyAlias nobody"))
    specs = {
        "nowhere": ["ssh=nowhere.invalid", config],
        "silent": ["ssh=b", config],
        "nobody home": ["ssh=root@10.213.1.77", config],
        "stranger": ["ssh=a", f"ssh_config={stranger}"],
        "unknown": ["ssh=a", f"ssh_config={unknown}"],
        "no python": ["ssh=a", config, "python=no-such-python"],
    }
    options = ["//".join([f"--isolated-loop-tx=id={name}", *parts]) for name, parts in specs.items()]
    # The kernel answers for it, and nobody else does.
    b.server.send_signal(19)
    started = time.monotonic()
    try:
        run = machines.suite.run("--isolated-loop", *options, timeout=120)
    finally:
        b.server.send_signal(18)
    assert time.monotonic() - started < CONNECT_LIMIT_S + PATIENCE_S
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    assert "6 of 6 machines cannot run these tests; none was run" in run.stderr
    refused = "there is no such host, or it refuses"
    for name, texts in {
        "nowhere": [refused, "Could not resolve hostname nowhere.invalid"],
        "silent": [f"it could not be reached within {CONNECT_LIMIT_S:g} s"],
        "nobody home": [refused, "ssh: connect to host 10.213.1.77 port 22"],
        "stranger": [refused, "Permission denied (publickey)"],
        "unknown": [refused, "Host key verification failed"],
        "no python": ["the interpreter over there has ended at once, or there is none", "no-such-python"],
    }.items():
        (said,) = [part for part in run.stderr.split("\n  ") if part.startswith(f"{name}: ")]
        for text in texts:
            assert text in said + run.stderr.partition(said)[2].partition("\n  id")[0]
    assert not (machines.suite.path / "ran").exists()
    machines.assert_nothing_left()
    a.assert_nothing_left()
