"""``python -m bench`` in this folder's parent, or ``backorder bench``; see ``docs/performance.md``."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# The files of a test folder are modules by themselves, here as under pytest; so are the helpers beside the folders.
sys.path[:0] = [str(Path(__file__).parent), str(ROOT), str(ROOT / "tests")]
# A process started with ``-m`` looks for modules where it stands, and a folder of tests bears the name of a package.
os.chdir(ROOT)

from bench_command import main  # noqa: E402 -- found by the lines above

if __name__ == "__main__":
    main()
