"""The scheduler without Prefect: plain threads, for machines where no server may start."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from pipeline.execution import Execution
from pipeline.failure import MachineError
from pipeline.outcome import StageReport
from pipeline.plan import Step
from stages.contracts.errors import MedgraftError


def run_in_threads(execution: Execution) -> None:
    """Runs the plan; a failed stage stops only what depends on it."""
    waiting = {step.name: step for step in execution.plan.to_do}
    done = {step.name for step in execution.plan if step.name not in waiting}
    running: dict[Future[StageReport | None], str] = {}
    with ThreadPoolExecutor(max(1, len(waiting)), thread_name_prefix="stage") as pool:
        while waiting or running:
            ready = [step for step in waiting.values() if done.issuperset(_inside(execution, step))]
            for step in ready:
                running[pool.submit(_try, execution, waiting.pop(step.name))] = step.name
            if not running:
                return
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            done |= {name for future in ended if (name := running.pop(future)) and future.result()}


def _inside(execution: Execution, step: Step) -> list[str]:
    known = {one.name for one in execution.plan}
    return [need for need in step.needs if need in known]


def _try(execution: Execution, step: Step) -> StageReport | None:
    for left in range(execution.settings.retries, -1, -1):
        try:
            return execution.run(step)
        except MachineError as error:
            if not left:
                return None
            execution.logbook.write(step.name, f"trying again: {error.why}")
        except MedgraftError:
            return None
    return None
