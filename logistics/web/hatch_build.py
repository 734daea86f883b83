"""The package build's step: the wheel (and an editable install) gets its browser files and compiled translations."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BrowserFilesHook(BuildHookInterface):  # type: ignore[type-arg]
    def dependencies(self) -> list[str]:
        """Node.js from a wheel, only where something has to be fetched and no npm is there."""
        assets = _assets(Path(self.root))
        needs_npm = self.target_name == "wheel" and assets.differences() and assets.npm_command() is None
        return [assets.NODE_WHEEL] if needs_npm else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel":
            _assets(Path(self.root)).ensure(say=self.app.display_info)


def _assets(root: Path) -> ModuleType:
    """logistics.web.assets by its path: the package itself cannot be imported while it is being built."""
    spec = importlib.util.spec_from_file_location("_browser_assets", root / "logistics" / "web" / "assets.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"no assets.py below {root}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
