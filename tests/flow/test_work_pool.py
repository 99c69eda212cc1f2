"""prefect.yaml as it is: deployed to a pool of processes, run by a worker, told of through a block."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.serving.alarm import set_alarm, tell
from pipeline.serving.server import running_server
from pipeline.workspace import Workspace
from tests.flow.projects import clean_environment, make_project
from tests.flow.webhook import Webhook

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
DVC_YAML = """
stages:
  fit:
    cmd: cp data/raw/value out.txt
    deps: [data/raw]
    outs: [out.txt]
"""
BLOCK = "custom-webhook/told"


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace with its code, and a Prefect server of its own."""
    made = make_project(tmp_path / "project", DVC_YAML, f"retrain: {{block: {BLOCK}}}\n")
    (made.root / "pipeline").symlink_to(ROOT / "pipeline")  # prefect.yaml names a file in it
    shutil.copy(ROOT / "prefect.yaml", made.root)
    (made.root / "data/raw").mkdir(parents=True)
    (made.root / "data/raw/value").write_text("1")
    workspace = Workspace(made.root)
    workspace.prepare()
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("PREFECT_HOME", str(workspace.state / "prefect"))
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with running_server(workspace) as url:
        monkeypatch.setenv("PREFECT_API_URL", url)
        yield workspace


def prefect(*arguments: str) -> str:
    environment = clean_environment(
        {key: os.environ[key] for key in os.environ if key.startswith("PREFECT_")}
    )
    environment |= {"MEDGRAFT_WORKSPACE": str(Path.cwd()), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_worker_retrains_what_prefect_yaml_deploys_and_a_block_tells_of_it_and_of_a_killed_run(
    deployed: Workspace,
) -> None:
    from prefect.blocks.notifications import CustomWebhookNotificationBlock
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings
    from prefect.states import Crashed

    lines: list[str] = []
    with Webhook() as webhook, temporary_settings({PREFECT_API_URL: os.environ["PREFECT_API_URL"]}):
        block = CustomWebhookNotificationBlock(
            name="told", url=webhook.url, json_data={"text": "{{subject}}\n{{body}}"}
        )
        block.save("told")
        prefect("work-pool", "create", "medgraft", "--type", "process")
        prefect("deploy", "--all")
        with get_client(sync_client=True) as client:
            deployment = client.read_deployment_by_name("retrain/retrain")
            run = client.create_flow_run_from_deployment(deployment.id)
            prefect("worker", "start", "--pool", "medgraft", "--run-once", "--install-policy", "never")
            done = client.read_flow_run(run.id)
            assert done.state is not None
            assert (done.state.name, (deployed.root / "out.txt").read_text()) == ("Retrained", "1")
            (text,) = webhook.texts
            assert text.startswith("medgraft retrained in project\nWhy: schedule: 1 stages")
            assert "Decision: none: the pipeline packages no model" in text

            assert set_alarm(deployed, deployment.id, BLOCK, lambda *_: None)
            assert set_alarm(deployed, deployment.id, BLOCK, lambda *_: None)
            killed = client.create_flow_run_from_deployment(deployment.id)
            client.set_flow_run_state(killed.id, Crashed(message="it was killed"), force=True)
            end = time.monotonic() + 120
            while len(webhook.texts) < 2 and time.monotonic() < end:
                time.sleep(0.2)
            assert webhook.texts[1:] == [
                "medgraft: a retraining in project did not succeed\nCrashed: it was killed"
            ]
            nobody = "slack-webhook/nobody"
            assert not set_alarm(deployed, deployment.id, nobody, lambda _, line: lines.append(line))
            assert not tell(nobody, "text", "", lambda _, line: lines.append(line))
            assert len(lines) == 2
