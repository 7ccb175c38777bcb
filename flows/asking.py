"""Asking Prefect for a run, out of its turn."""

from __future__ import annotations

DEPLOYMENT = "stancewatch"


def ask_for_ingest() -> None:
    """Have the feeds that are due asked soon, by the deployment that `serve` made."""
    # Prefect takes seconds to import, which only those wait for who ask.
    from prefect.deployments import run_deployment  # noqa: PLC0415

    run_deployment(f"ingest/{DEPLOYMENT}", timeout=0, as_subflow=False)
