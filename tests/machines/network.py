"""Two hosts that ssh leads to, on this very machine: network namespaces, each with an address and an sshd of its own.

::

    here 10.213.1.1 ==veth== 10.213.1.2 sshd, host "a"
         10.213.2.1 ==veth== 10.213.2.2 sshd, host "b"
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

#: Seconds in which a server of ours answers.
PATIENCE_S = 20.0

_SSHD = """
ListenAddress {address}
HostKey {directory}/host_key
PidFile none
AuthorizedKeysFile {directory}/client_key.pub
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
"""
_SSH = """
Host {name}
    HostName {address}
    User root
    IdentityFile {directory}/client_key
    IdentitiesOnly yes
    UserKnownHostsFile {directory}/known_hosts
    HostKeyAlias {name}
    LogLevel ERROR
"""


def run(*command: object) -> str:
    """What the command prints; it must succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


class Host:
    """One of the two; ``ssh_config`` leads to it by its name."""

    def __init__(self, name: str, number: int, directory: Path) -> None:
        self.name = name
        self.directory = directory
        self.address = f"10.213.{number}.2"
        self._namespace = f"isolated-{os.getpid()}-{name}"
        self._here, self._there = f"ia{number}h{os.getpid() % 100000}", f"ia{number}t{os.getpid() % 100000}"
        run("ip", "netns", "add", self._namespace)
        run("ip", "link", "add", self._here, "type", "veth", "peer", "name", self._there, "netns", self._namespace)
        run("ip", "addr", "add", f"10.213.{number}.1/24", "dev", self._here)
        run("ip", "link", "set", self._here, "up")
        for command in (("addr", "add", f"{self.address}/24", "dev", self._there), ("link", "set", self._there, "up")):
            run("ip", "-n", self._namespace, *command)
        run("ip", "-n", self._namespace, "link", "set", "lo", "up")
        config = directory / f"sshd_{name}"
        config.write_text(_SSHD.format(address=self.address, directory=directory))
        self.server = self.start(shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-f", config)
        with (directory / "ssh_config").open("a") as ssh_config:
            ssh_config.write(_SSH.format(name=name, address=self.address, directory=directory))
        key = (directory / "host_key.pub").read_text().rpartition(" ")[0]
        with (directory / "known_hosts").open("a") as known_hosts:
            known_hosts.write(f"{name} {key}\n")
        self._wait_for_sshd()

    def start(self, *command: object) -> subprocess.Popen[bytes]:
        """Start something on this host."""
        there = ["ip", "netns", "exec", self._namespace, *(str(part) for part in command)]
        return subprocess.Popen(there, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def spec(self, slots: int, directory: Path, *more: str) -> str:
        """The option that has cases run here."""
        way = f"ssh={self.name}//ssh_config={self.directory}/ssh_config//python={sys.executable}"
        return "//".join([f"--isolated-loop-tx={slots}*{way}//chdir={directory}", f"env:WHERE={self.name}", *more])

    def cut_command(self) -> list[str]:
        """What cuts its cable."""
        return ["ip", "link", "set", self._here, "down"]

    def mend(self) -> None:
        """Connect it again."""
        run("ip", "link", "set", self._here, "up")

    def processes(self) -> list[int]:
        """What runs on it, but for its servers."""
        pids = [int(pid) for pid in run("ip", "netns", "pids", self._namespace).split()]
        return [pid for pid in pids if pid != self.server.pid]

    def assert_nothing_left(self, limit_s: float = PATIENCE_S) -> None:
        """Of what ran on it; sshd itself may wait for the network."""
        end = time.monotonic() + limit_s
        while left := [line for line in map(_command_line, self.processes()) if line and not line.startswith("sshd")]:
            assert time.monotonic() < end, left
            time.sleep(0.1)

    def close(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        self.server.kill()
        self.server.wait()
        run("ip", "netns", "del", self._namespace)
        subprocess.run(["ip", "link", "del", self._here], capture_output=True)

    def _wait_for_sshd(self) -> None:
        end = time.monotonic() + PATIENCE_S
        while subprocess.run(self._ssh("true"), capture_output=True).returncode != 0:
            assert self.server.poll() is None, "sshd has ended"
            assert time.monotonic() < end, run(*self._ssh("true"))
            time.sleep(0.1)

    def _ssh(self, command: str) -> list[str]:
        return ["ssh", "-F", str(self.directory / "ssh_config"), "-o", "BatchMode=yes", self.name, command]


@contextlib.contextmanager
def two_hosts(directory: Path) -> Iterator[list[Host]]:
    """While it is open, there are hosts ``a`` and ``b``. Needs root."""
    # What sshd of Debian wants, and its service makes.
    Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("host_key", "client_key"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / name)
    with contextlib.ExitStack() as opened:
        hosts = []
        for number, name in enumerate("ab", 1):
            hosts.append(Host(name, number, directory))
            opened.callback(hosts[-1].close)
        yield hosts


def _command_line(pid: int) -> str:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return "" if state == "Z" else Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
