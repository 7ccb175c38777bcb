"""The command `stancewatch`: results to stdout, progress and complaints to stderr.

Exit code 0: done. 1: failed, with the reason on stderr. 2: wrong usage.
"""

from __future__ import annotations

import os
import sys

import typer

from flows.cli import (
    alerting,
    backfilling,
    configuring,
    evaluating,
    feeding,
    labelling,
    reading,
    replaying,
    watching,
)
from monitors.errors import MonitorError

app = typer.Typer(
    name="stancewatch",
    help="Tells you when somebody's position changes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
watching.register(app)
replaying.register(app)
backfilling.register(app)
reading.register(app)
evaluating.register(app)
labelling.register(app)
app.add_typer(alerting.app, name="alerts")
app.add_typer(configuring.app, name="config")
app.add_typer(feeding.app, name="feeds")


def main() -> None:
    """Run the command line; a foreseen error is one line on stderr and exit code 1."""
    try:
        app()
    except MonitorError as error:
        sys.stderr.write(f"stancewatch: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("stancewatch: interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has had enough (`| head`): not a failure, and not a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
