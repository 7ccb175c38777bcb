"""What runs when, and that the two ways to deploy the flows agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from flows.deployments import DEPLOYMENT, FLOWS, deployments, plan
from flows.settings import Settings

NOW = datetime(2025, 1, 20, 9, 30, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def settings() -> Settings:
    return Settings.model_validate(
        {
            "time_zone": "Europe/Berlin",
            "schedule": {
                "ingest_every_minutes": 10,
                "deliver_every_minutes": 4,
                "digest_at": "06:05",
            },
        }
    )


def test_the_plan_follows_the_settings() -> None:
    schedules = plan(settings(), NOW)
    assert list(schedules) == [flow.name for flow in FLOWS]
    ingest, deliver, digest = schedules["ingest"], schedules["deliver"], schedules["digest"]
    assert ingest is not None
    assert deliver is not None
    assert digest is not None
    assert schedules["watch"] is None
    assert (ingest.interval, ingest.anchor_date) == (timedelta(minutes=10), NOW)
    assert (deliver.interval, deliver.anchor_date) == (
        timedelta(minutes=4),
        NOW + timedelta(minutes=2),
    )
    assert (digest.cron, digest.timezone) == ("5 6 * * *", "Europe/Berlin")


def test_each_flow_is_deployed_once_and_runs_one_at_a_time() -> None:
    made = deployments(settings(), {"config_dir": None, "database": "x.duckdb"}, NOW)
    assert [deployment.flow_name for deployment in made] == [flow.name for flow in FLOWS]
    for deployment in made:
        assert deployment.name == DEPLOYMENT
        assert deployment.concurrency_limit == 1
        assert deployment.concurrency_options is not None
        assert deployment.concurrency_options.collision_strategy.value == "CANCEL_NEW"
        assert deployment.entrypoint == f"flows.scheduled.{deployment.flow_name}"
        assert deployment.parameters == {"config_dir": None, "database": "x.duckdb"}


def test_prefect_yaml_deploys_the_same_flows() -> None:
    told = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert [each["entrypoint"] for each in told] == [
        f"flows/scheduled.py:{flow.name}" for flow in FLOWS
    ]
    defaults = plan(Settings(), NOW)
    for flow, each in zip(FLOWS, told, strict=True):
        assert each["name"] == DEPLOYMENT
        assert each["concurrency_limit"]["limit"] == 1
        assert each["concurrency_limit"]["collision_strategy"] == "CANCEL_NEW"
        assert set(each["parameters"]) == set(flow.parameters.properties) - {"by_hand"}
        schedule = defaults[flow.name]
        if schedule is None:
            assert each["schedules"] == []
        elif schedule.interval:
            assert each["schedules"] == [{"interval": schedule.interval.total_seconds()}]
        else:
            assert each["schedules"] == [{"cron": schedule.cron, "timezone": schedule.timezone}]
