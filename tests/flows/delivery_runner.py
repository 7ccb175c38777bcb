"""Runs `deliver` in forks of a process that has everything loaded, so that a kill costs little.

Each line on stdin is one attempt, with how many minutes the clock is ahead by then. The answer is
the process id of the fork; when the fork has ended, a line with its exit status follows.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from apprise.plugins.slack import NotifySlack

from flows.deliver import deliver
from flows.notify import _load_apprise
from flows.settings import Config, load_config
from flows.store import Database
from flows.wiring import Installation, utc_now


def main(config_dir: str, database: str, slack_address: str) -> None:
    # The one thing that is not real: where Slack is.
    slack: Any = NotifySlack
    slack.webhook_url = slack_address
    _load_apprise().Apprise.instantiate("json://127.0.0.1")
    config = load_config(Path(config_dir))
    for line in sys.stdin:
        ahead = timedelta(minutes=float(line))
        pid = os.fork()
        if not pid:
            report = deliver(_installation(config, Path(database), ahead))
            print(*report.errors, file=sys.stderr, flush=True)  # noqa: T201
            os._exit(1 if report.errors else 0)
        print(pid, flush=True)  # noqa: T201 - the answer
        _, status = os.waitpid(pid, 0)
        print(status, flush=True)  # noqa: T201


def _installation(config: Config, database: Path, ahead: timedelta) -> Installation:
    return Installation(config, Database(database), lambda: utc_now() + ahead)


if __name__ == "__main__":
    main(*sys.argv[1:])
