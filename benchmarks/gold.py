"""Precision and recall of the stances found in the gold articles.

    python -m benchmarks.gold [--backend NAME] [--errors N] [--json]

`stancewatch evaluate gold` on the collection, with its own actors and topics. How answers are
counted is told in `monitors/measures/gold.py`.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.corpora import ROOT, STANCEWATCH, benchmarks_folder


def main() -> None:
    articles = benchmarks_folder() / "gold" / "articles.jsonl"
    command = [*STANCEWATCH, "evaluate", "gold", str(articles), *sys.argv[1:]]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    main()
