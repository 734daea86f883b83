"""Where a Chromium stands on this machine, and how to start it without a screen, without a network and as root."""

import os
import shutil
import sys
from pathlib import Path

LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--use-angle=swiftshader",  # maps need WebGL; here it is computed
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge"]
_PLACES = {
    "win32": [
        r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
        r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
        r"%LocalAppData%\Google\Chrome\Application\chrome.exe",
        r"%ProgramFiles(x86)%\Microsoft\Edge\Application\msedge.exe",
    ],
    "darwin": [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ],
}


def chromium_program() -> str | None:
    """The program that CHROMIUM names, else the first Chromium, Chrome or Edge that is installed, else None."""
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    on_path = filter(None, map(shutil.which, _NAMES))
    in_place = filter(os.path.exists, map(os.path.expandvars, _PLACES.get(sys.platform, [])))
    return next(on_path, None) or next(in_place, None)


def quiet_environment(home: Path) -> dict[str, str | float | bool]:
    """The environment for a browser that keeps its caches and settings below `home`."""
    places = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    return {**os.environ, **places}
