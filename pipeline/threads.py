"""The scheduler without Prefect: plain threads.

It serves alone where no server may start, and it serves first where one is still starting.
"""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from pipeline.execution import Execution
from pipeline.outcome import StageReport
from pipeline.plan import Step
from pipeline.processes.failure import MachineError


class ThreadScheduler:
    """Runs the stages of a plan, each as soon as all it needs are done.

    A failed stage stops only what depends on it.
    """

    def __init__(self, execution: Execution, retries: int = 0) -> None:
        self._execution, self._retries = execution, retries
        self._waiting = {step.name: step for step in execution.plan.to_do}
        self._done = {step.name for step in execution.plan if step.name not in self._waiting}
        self._failed: set[str] = set()
        self._known = {step.name for step in execution.plan}
        self._started: dict[str, Future[StageReport]] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="threads", daemon=False)

    def start(self) -> None:
        """Starts to work in the background."""
        self._thread.start()

    def join(self) -> None:
        """Waits until nothing is left to do."""
        self._thread.join()

    @property
    def handed_over(self) -> bool:
        """Whether another scheduler goes on."""
        return self._closed

    def hand_over(self) -> dict[str, Future[StageReport]]:
        """Starts no further stage, and gives those it started to another scheduler."""
        with self._lock:
            self._closed = True
            return dict(self._started)

    def _serve(self) -> None:
        pool = ThreadPoolExecutor(max(1, len(self._waiting)), thread_name_prefix="stage")
        with pool:
            while True:
                self._start_ready(pool)
                open_ones = {n: one for n, one in self._started.items() if n not in self._done | self._failed}
                if not open_ones:
                    return
                wait(open_ones.values(), return_when=FIRST_COMPLETED)
                for name, future in open_ones.items():
                    if future.done():
                        (self._failed if future.exception() else self._done).add(name)

    def _start_ready(self, pool: ThreadPoolExecutor) -> None:
        with self._lock:
            if self._closed:
                return
            for step in list(self._waiting.values()):
                if self._done.issuperset(self._known.intersection(step.needs)):
                    del self._waiting[step.name]
                    self._started[step.name] = pool.submit(self._run, step)

    def _run(self, step: Step) -> StageReport:
        for _ in range(self._retries):
            try:
                return self._execution.run(step)
            except MachineError as error:
                self._execution.logbook.write(step.name, f"trying again: {error.why}")
        return self._execution.run(step)


def run_in_threads(execution: Execution) -> None:
    """Runs a whole plan without Prefect."""
    scheduler = ThreadScheduler(execution, execution.settings.retries)
    scheduler.start()
    scheduler.join()
