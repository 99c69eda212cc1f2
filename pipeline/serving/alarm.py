"""Tells people through a Prefect notification block: Slack, Teams, e-mail, PagerDuty, any webhook.

The flow tells what a retraining came to. An automation of the server tells of a run that failed or was
killed: it needs no process of ours to be alive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pipeline.serving.address import resource_of
from pipeline.workspace import Workspace

if TYPE_CHECKING:
    from prefect.events.schemas.automations import AutomationCore

Log = Callable[[str, str], None]
_UNTOLD = "nobody could be told through the block"


def tell(block: str, subject: str, body: str, log: Log) -> bool:
    """Sends a text; that nobody could be told is said, and undoes nothing.

    Args:
        block: Of a notification block on the server, as in `slack-webhook/hospital`.
        subject: Its first line.
        body: The rest; it names no patient, case or file.
        log: Receives a line if it failed.

    Returns:
        Whether it was taken.
    """
    from prefect.blocks.core import Block

    try:
        loaded = Block.load(block)
        with loaded.raise_on_failure():  # type: ignore[union-attr]
            loaded.notify(body, subject)  # type: ignore[union-attr]
    except (
        Exception
    ) as error:  # A block fails in as many ways as there are services; its address is a secret.
        log("", f"{_UNTOLD} {block}: {type(error).__name__}")
        return False
    return True


def set_alarm(workspace: Workspace, deployment: UUID, block: str | None, log: Log) -> bool:
    """Makes, renews or removes the automation that tells of failed and killed runs.

    Args:
        workspace: Which is named by its folder.
        deployment: Whose runs are meant.
        block: As for `tell`; None removes the automation.
        log: Receives a line where the server knows no such block.

    Returns:
        Whether there is one now.
    """
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    name = f"medgraft: failures of {resource_of(workspace.root)}"
    with get_client(sync_client=True) as client:
        known = client.read_automations_by_name(name)
        wanted = None
        try:
            if block:
                kind, _, title = block.partition("/")
                document = client.read_block_document_by_name(title, kind)
                wanted = _automation(name, workspace.root.name, deployment, document.id)
        except ObjectNotFound:
            log("", f"{_UNTOLD} {block}: the server has none of this name")
        kept = [one for one in known if wanted and _says(one) == _says(wanted)]
        for old in known:
            if old not in kept:
                client.delete_automation(old.id)
        if wanted and not kept:
            client.create_automation(wanted)
    return wanted is not None


def _says(automation: AutomationCore) -> Any:
    """Gives what decides; an automation that stays misses no event."""
    actions = [action.model_dump(mode="json") for action in automation.actions]
    return actions, automation.trigger.model_dump(mode="json", include={"match_related", "expect"})


def _automation(name: str, workspace: str, deployment: UUID, block: UUID) -> AutomationCore:
    from prefect.events.actions import SendNotification
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    return AutomationCore(
        name=name,
        description="Tells of retrainings that failed or were killed.",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
            match_related={
                "prefect.resource.id": f"prefect.deployment.{deployment}",
                "prefect.resource.role": "deployment",
            },
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[
            SendNotification(
                block_document_id=block,
                subject=f"medgraft: a retraining in {workspace} did not succeed",
                body="{{ flow_run.state.name }}: {{ flow_run.state.message }}",
            )
        ],
    )
