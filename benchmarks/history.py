"""Known shifts found and false alerts raised when `replay` runs over the history collection.

    python -m benchmarks.history [SERIES_ID ...]

For each series a configuration with its one actor and one topic; an alert counts as right from 45
days before to 180 days after a known shift, in its direction.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.corpora import ROOT, STANCEWATCH, benchmarks_folder, write_configuration

EARLY, LATE = timedelta(days=45), timedelta(days=180)


def main() -> None:
    folder = benchmarks_folder() / "history"
    wanted = set(sys.argv[1:])
    known = found = false = 0
    years = 0.0
    for series in json.loads((folder / "series.json").read_text()):
        if wanted and series["id"] not in wanted:
            continue
        alerts = replay(folder / "articles.jsonl.gz", series)
        right = [shift for shift in series["shifts"] if any(_is(a, shift) for a in alerts)]
        wrong = [a for a in alerts if not any(_is(a, shift) for shift in series["shifts"])]
        known += len(series["shifts"])
        found += len(right)
        false += len(wrong)
        span = date.fromisoformat(series["until"]) - date.fromisoformat(series["from"])
        years += span.days / 365.25
        print(f"{series['id']}: {len(right)} of {len(series['shifts'])} shifts, {len(wrong)} false")
        for alert in alerts:
            mark = "false" if alert in wrong else "right"
            sides = f"{alert['from_label']} -> {alert['to_label']}"
            print(f"    {mark} {alert['decided_at'][:10]} {sides}")
    print(
        f"found {found} of {known}; {false} false alerts in {years:.1f} series-years: "
        f"{false / years:.2f} a year"
    )


def replay(articles: Path, series: dict[str, Any]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as scratch:
        configuration = Path(scratch) / "config"
        write_configuration(configuration, [series["topic"]], [series["actor"]])
        command = [*STANCEWATCH, "replay", "--articles", str(articles), "--json"]
        command += ["--from", series["from"], "--until", series["until"]]
        done = subprocess.run(
            [*command, "--config", str(configuration)],
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _is(alert: dict[str, Any], shift: dict[str, Any]) -> bool:
    day = date.fromisoformat(alert["decided_at"][:10])
    known = date.fromisoformat(shift["date"])
    sides = (alert["from_label"], alert["to_label"]) == (shift["from"], shift["to"])
    return sides and known - EARLY <= day <= known + LATE


if __name__ == "__main__":
    main()
