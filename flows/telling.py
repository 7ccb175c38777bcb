"""An alert -> its text, kept with it, and a message for each channel that wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.store.alerts import channels_told, save_alert
from flows.store.outbox import put_in_outbox
from monitors.messages import compose

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from flows.settings import AlertPolicy, ChannelConfig
    from flows.wiring import Installation
    from monitors.records import Alert


def tell(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    alert: Alert,
    stance_ids: Sequence[str],
) -> None:
    """Keep an alert and put it in the outbox; call it in a transaction.

    Who was told of a change is also told when it is taken back.
    """
    config = installation.config
    save_alert(connection, alert, compose(alert), stance_ids)
    told = channels_told(connection, alert.recovers) if alert.recovers else set()
    for channel in config.channels:
        if channel.enabled and (channel.wants(alert) or channel.channel_id in told):
            put_in_outbox(
                connection,
                alert.alert_id,
                compose(alert, channel.form, config.templates),
                [channel.channel_id],
                created_at=installation.clock(),
                group_key=_group_key(alert, channel, config.policy),
            )


def _group_key(alert: Alert, channel: ChannelConfig, policy: AlertPolicy) -> str:
    """What alerts must have in common to go out together, such as `topic:tiktok`."""
    group_by = policy.group_by if channel.group_by is None else channel.group_by
    if not group_by:
        return ""
    return f"{group_by}:{alert.topic_id if group_by == 'topic' else alert.actor_id}"
