"""What Prefect's server and the runner of the flows are told through their environment."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def child_environment(environ: Mapping[str, str], home: Path, api_url: str) -> dict[str, str]:
    """The environment of both children: Prefect's files in `home`, no telemetry unless asked for.

    What the user has set stands.
    """
    defaults = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
        "PYTHONUNBUFFERED": "1",
    }
    fixed = {"PREFECT_HOME": str(home.resolve()), "PREFECT_API_URL": api_url}
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").exists():  # not installed: the children must find it too
        fixed["PYTHONPATH"] = os.pathsep.join(
            part for part in (str(checkout), environ.get("PYTHONPATH")) if part
        )
    return defaults | dict(environ) | fixed


def server_settings(environ: Mapping[str, str], home: Path, host: str, port: int) -> dict[str, str]:
    """What the server is told besides: where to listen, and to be quiet, small and tidy.

    Only its own pages may call it from a browser; the older set of them, because the newer one
    turns to an analytics service whenever it is opened, telemetry off or on. Slots that are taken
    are kept in files: in memory, a crash would leave them taken for good. What the user has set
    stands.
    """
    hosts = {host, "127.0.0.1", "localhost"} if is_loopback(host) else {host}
    origins = ",".join(sorted(f"http://{in_url(name)}:{port}" for name in hosts))
    defaults = {
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home.resolve() / "pages"),
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": origins,
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
            "prefect.server.concurrency.lease_storage.filesystem"
        ),
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    }
    kept = {name: environ.get(name, value) for name, value in defaults.items()}
    return kept | {"PREFECT_SERVER_API_HOST": host, "PREFECT_SERVER_API_PORT": str(port)}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def in_url(host: str) -> str:
    """`host` as it stands in a URL on this machine."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"[{host}]" if ":" in host else host
