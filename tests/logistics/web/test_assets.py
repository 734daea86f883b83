"""Third-party browser files: pinned, without addresses, brought in once, repaired when touched, never from a CDN."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from logistics.web import assets
from tests.conftest import CACHE, ROOT

PACKAGE = json.loads((assets.WEB / "package.json").read_text("utf-8"))
LOCK = json.loads((assets.WEB / "package-lock.json").read_text("utf-8"))
UNREACHABLE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|neither Node\.js")
HTMX = f"vendor/htmx.org@{PACKAGE['dependencies']['htmx.org']}/dist/htmx.min.js"


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A checkout's web folder whose browser files npm has just brought in."""
    web = checkout(tmp_path_factory.mktemp("web"))
    try:
        assets.ensure(web=web, cache_dir=CACHE)
    except assets.AssetsError as error:
        if UNREACHABLE.search(str(error)) and not os.environ.get("CI"):
            pytest.skip(f"no npm registry can be reached: {error}")
        raise
    return web


@pytest.fixture
def web(filled, tmp_path):
    return Path(shutil.copytree(filled, tmp_path / "web"))


def checkout(folder: Path) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(assets.WEB / name, folder)
    return folder


def served_files(web: Path):
    vendor = web / "static" / "vendor"
    return {path.relative_to(vendor).as_posix(): path.read_bytes() for path in vendor.rglob("*") if path.is_file()}


def forbid_npm(monkeypatch):
    monkeypatch.setattr(assets, "npm_command", lambda: pytest.fail("npm was asked though nothing is missing"))


def test_every_browser_package_is_pinned_exactly_and_served():
    assert PACKAGE["served"].keys() == PACKAGE["dependencies"].keys()
    assert [
        version for version in PACKAGE["dependencies"].values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)
    ] == []
    assert LOCK["packages"][""]["dependencies"] == PACKAGE["dependencies"]


def test_the_lock_file_has_a_hash_for_every_package_and_an_address_for_none():
    packages = {name: entry for name, entry in LOCK["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []


def test_no_file_of_ours_that_a_browser_reads_asks_a_foreign_host():
    foreign = re.compile(r"https?://[^\s\"'<>]*(?:cdn|unpkg|jsdelivr|fonts\.g)", re.IGNORECASE)
    ours = [
        path
        for pattern in ("**/*.html", "**/*.js", "**/*.css")
        for path in (ROOT / "logistics").glob(pattern)
        if assets.WEB / "static" / "vendor" not in path.parents
    ]
    assert [str(path) for path in ours if foreign.search(path.read_text("utf-8"))] == []


@pytest.mark.npm
def test_npm_brings_in_the_listed_files_with_their_licences_and_nothing_else(filled):
    versions = PACKAGE["dependencies"]
    listed = {f"{package}@{versions[package]}/{file}" for package, files in PACKAGE["served"].items() for file in files}
    files = served_files(filled)
    assert listed <= files.keys()
    extra = files.keys() - listed - {"manifest.json"}
    assert {path.rpartition("/")[0] for path in extra} == {f"{name}@{version}" for name, version in versions.items()}
    assert {Path(path).name for path in extra} <= {"LICENSE", "LICENSE.txt", "NOTICE", "package.json"}
    assert assets.differences(filled) == []


@pytest.mark.npm
def test_nothing_is_fetched_when_nothing_differs(web, monkeypatch):
    forbid_npm(monkeypatch)
    assets.ensure(web=web)


@pytest.mark.npm
def test_touched_missing_and_strange_files_are_put_right(web):
    right = served_files(web)
    (web / "static" / HTMX).write_text("alert('not htmx')")
    idb = next(web.glob("static/vendor/idb@*/build/umd.js"))
    idb.unlink()
    stranger = web / "static/vendor/htmx.org@1.0.0/dist/htmx.min.js"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("an older version")
    assert assets.differences(web) == [
        f"static/{HTMX} is changed",
        f"{idb.relative_to(web).as_posix()} is missing",
    ]
    assets.ensure(web=web, cache_dir=CACHE)
    assert served_files(web) == right
    assert not (web / "static/vendor/htmx.org@1.0.0").exists()


@pytest.mark.npm
def test_another_lock_file_asks_for_other_files(web):
    (web / "package.json").write_text(json.dumps(PACKAGE | {"version": "2"}))
    assert assets.differences(web) == ["static/vendor/ was made for another package-lock.json or package.json"]


@pytest.mark.npm
def test_two_at_once_leave_one_good_set(filled, tmp_path):
    web = checkout(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: assets.ensure(web=web, cache_dir=CACHE), range(2)))
    assert served_files(web) == served_files(filled)


@pytest.mark.npm
def test_an_installed_package_only_looks_whether_its_files_are_there(web, monkeypatch):
    forbid_npm(monkeypatch)
    for name in ("package.json", "package-lock.json"):
        (web / name).unlink()
    assets.ensure(web=web)
    (web / "static" / HTMX).unlink()
    with pytest.raises(assets.AssetsError, match=r"install the package again[^$]*htmx\.min\.js is missing"):
        assets.ensure(web=web)


def test_a_machine_without_npm_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "npm_command", lambda: None)
    with pytest.raises(assets.AssetsError, match=r"Node\.js 18 or newer[^$]*copied from a checkout"):
        assets.ensure(web=checkout(tmp_path), cache_dir=tmp_path / "cache")


def test_a_package_that_is_not_what_the_lock_file_says_is_refused(tmp_path):
    """A hash of other content: npm itself must fail, and nothing may appear."""
    package = tmp_path / "one.tgz"
    content = json.dumps({"name": "one", "version": "1.0.0"}).encode()
    with tarfile.open(package, "w:gz") as tar:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    web = tmp_path / "web"
    web.mkdir()
    source = package.as_uri().replace("file://", "file:")
    one = {"version": "1.0.0", "resolved": source, "integrity": "sha512-" + "A" * 86 + "=="}
    (web / "package.json").write_text(json.dumps({"dependencies": {"one": source}, "served": {"one": []}}))
    lock = {"lockfileVersion": 3, "packages": {"": {"dependencies": {"one": source}}, "node_modules/one": one}}
    (web / "package-lock.json").write_text(json.dumps(lock))
    if assets.npm_command() is None:
        pytest.skip("needs npm")
    with pytest.raises(assets.AssetsError, match="EINTEGRITY"):
        assets.ensure(web=web, cache_dir=CACHE)
    assert served_files(web) == {}


@pytest.mark.npm
def test_a_template_names_a_file_without_its_version(filled, monkeypatch):
    monkeypatch.setattr(assets, "WEB", filled)
    assert assets.static_path("htmx.org", "dist/htmx.min.js") == HTMX
    with pytest.raises(LookupError, match=r"htmx\.org: dist/htmx\.js is not among"):
        assets.static_path("htmx.org", "dist/htmx.js")


def test_a_catalogue_is_compiled_when_it_is_newer(tmp_path):
    po = tmp_path / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
    po.parent.mkdir(parents=True)
    po.write_text('msgid "mask"\nmsgstr "口罩"\n', "utf-8")
    mo = po.with_suffix(".mo")
    assets.compile_translations(tmp_path)
    assert "口罩".encode() in mo.read_bytes()
    po.write_text('msgid "mask"\nmsgstr "防护口罩"\n', "utf-8")
    os.utime(po, ns=(mo.stat().st_mtime_ns + 1, mo.stat().st_mtime_ns + 1))
    assets.compile_translations(tmp_path)
    assert "防护口罩".encode() in mo.read_bytes()


@pytest.mark.npm
def test_the_wheel_carries_browser_files_and_catalogues_and_no_source_of_them(filled, tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    vendor = "logistics/web/static/vendor/"
    assert {name.removeprefix(vendor) for name in names if name.startswith(vendor)} == served_files(filled).keys()
    assert "logistics/web/translations/zh_Hans_CN/LC_MESSAGES/messages.mo" in names
    assert [name for name in names if name.endswith((".po", "package-lock.json", "hatch_build.py"))] == []
