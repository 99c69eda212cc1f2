"""The broker: one process and one mutex in front of DVC; only the commands run outside of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.outcome import Outcome
from pipeline.plan import Plan, State, Step, waiting_reason
from pipeline.processes.command import Command, run_command
from pipeline.processes.environment import command_environment
from pipeline.processes.failure import explain_exit
from pipeline.processes.halt import Halt
from pipeline.processes.torchrun import shared, shared_environment, status_of_processes
from pipeline.repro.cache import CheckedCache
from pipeline.repro.changes import find_changes
from pipeline.repro.errors import explain_error
from pipeline.repro.folder import Folders
from pipeline.repro.graph import open_repo, order_stages, pick_names, read_graph
from pipeline.repro.guard import Guard
from pipeline.repro.inputs import Snapshot, check_unchanged, listings_of, require_inputs, take_snapshot
from pipeline.repro.listing import drop_listings
from pipeline.repro.lock import LockFile, read_lock
from pipeline.repro.remote import Remote
from pipeline.repro.source import refresh_source
from pipeline.shelf import Output, Shelf
from pipeline.why import FORCED
from pipeline.workspace import Workspace

if TYPE_CHECKING:
    from pipeline.processes.preload import Preloaded


@dataclass(frozen=True)
class Done:
    """What became of a stage."""

    outcome: Outcome
    why: tuple[str, ...] = ()


class Broker:
    """Brings single stages up to date, from any thread."""

    def __init__(self, workspace: Workspace, halt: Halt, log: Callable[[str, str], None]) -> None:
        self._workspace, self._halt, self._log = workspace, halt, log
        self._preloaded: Preloaded | None = None
        self._repo = open_repo(workspace)
        self._guard = Guard(self._repo, halt, log)
        self._cache = CheckedCache(self._repo, workspace, log)
        self._folders = Folders(workspace)
        self._graph: Any = None
        self._stages: dict[str, Any] = {}
        self._loaded: dict[Path, bytes] = {}
        self._locks: dict[Path, LockFile] = {}
        self._forced: frozenset[str] = frozenset()
        self._known: dict[str, tuple[str, ...]] = {}

    def open_remote(self, *, pull: bool) -> Remote:
        """Opens the DVC remote, before anything is planned.

        Args:
            pull: Make it a part of the cache: what earlier runs shared is restored, not computed.

        Raises:
            UsageError: If there is no remote.
            RemoteError: If it cannot be read.
        """
        remote = Remote(self._repo, self._log)
        if pull:
            with self._guard.locked():
                remote.fetch_records()
            self._cache.remote = remote
        return remote

    def share(self, remote: Remote) -> None:
        """Shares what is recorded of the plan's stages, and the run-cache, with a remote.

        Raises:
            RemoteError: If it cannot be written.
        """
        with self._guard.locked():
            remote.share(self._stages.values())

    def plan(self, wanted: Sequence[str] = (), forced: Sequence[str] = ()) -> Plan:
        """Walks the graph once, and says of every stage whether it is up to date."""
        with self._guard.locked():
            self._graph = read_graph(self._repo)
            ordered = order_stages(self._graph, self._workspace.root, wanted)
            self._stages = {stage.addressing: stage for stage in ordered}
            for dependency in (one for stage in ordered for one in stage.deps):
                self._folders.adopt(dependency)
            self._loaded = {path: read_lock(path) for path in map(_lock_path, ordered)}
            self._forced = pick_names(list(self._stages), forced)
            steps: dict[str, Step] = {}
            with self._folders.one_look():
                for name, stage in self._stages.items():
                    needs = [one.addressing for one in self._graph.successors(stage)]
                    steps[name] = self._step(name, stage, [steps[need] for need in needs if need in steps])
            self._known = {name: step.why for name, step in steps.items() if step.state == "changed"}
        return Plan(tuple(steps.values()))

    def _step(self, name: str, stage: Any, needs: list[Step]) -> Step:
        running = [step.name for step in needs if step.state != "up-to-date"]
        changes = () if name in self._forced else find_changes(stage, self._workspace)
        why = (FORCED,) if name in self._forced else tuple(change.why for change in changes)
        state: State = "changed" if why else "waiting" if running else "up-to-date"
        return Step(
            name=name,
            needs=tuple(step.name for step in needs),
            state=state,
            why=(waiting_reason(running),) if state == "waiting" else why,
            changes=tuple(change.folder for change in changes if change.folder),
            outputs=tuple(str(out) for out in stage.outs),
            metrics=tuple(str(out) for out in stage.outs if out.is_metric),
            plots=tuple(str(out) for out in stage.outs if out.is_plot),
            is_source=not stage.cmd,
        )

    def preload(self, packages: Sequence[str]) -> None:
        """Begins to import what many commands need, for them to be forked from."""
        from pipeline.processes.preload import Preloaded

        self._preloaded = Preloaded(packages)
        self._preloaded.warm_up()

    def bring_up_to_date(self, name: str, limit_seconds: float | None = None, processes: int = 1) -> Done:
        """Restores a stage's outputs from the cache, or runs it and records it.

        Args:
            name: The stage.
            limit_seconds: Its time limit.
            processes: That share its training.

        Raises:
            MedgraftError: If it failed; its old outputs are then in their place again.
        """
        stage = self._stages[name]
        shelf = Shelf(self._workspace, name)
        try:
            with self._guard.claimed(stage), self._else_as_before(stage, shelf):
                return self._bring(name, stage, shelf, limit_seconds, processes)
        except BaseException as error:
            raise explain_error(name, error) from error

    @contextmanager
    def _else_as_before(self, stage: Any, shelf: Shelf) -> Iterator[None]:
        """Puts old outputs and their record back where the body fails."""
        try:
            yield
        except BaseException:
            with self._guard.mutex:
                shelf.put_back()
                if stage.cmd:
                    self._lock_of(stage).refresh(stage, force=True)
            raise

    def _bring(
        self, name: str, stage: Any, shelf: Shelf, limit_seconds: float | None, processes: int
    ) -> Done:
        with self._guard.locked(), self._folders.one_look():
            if not stage.cmd:
                return Done(*refresh_source(self._repo, stage, self._workspace, self._cache))
            why = self._reasons(name, stage)
            if not why:
                return Done("up-to-date")
            require_inputs(stage)
            cached = None if name in self._forced else self._cache.find(stage)
            shelf.take(self._outputs(stage))
            if cached and self._cache.holds(cached.outs):
                cached.checkout()
                self._record(stage, take_snapshot(stage, self._workspace), shelf)
                return Done("restored", why)
            before = take_snapshot(stage, self._workspace)
            shelf.list_inputs(listings_of(stage, self._workspace))
        self._run(name, stage, shelf, limit_seconds, processes)
        with self._guard.locked(), self._folders.one_look():
            self._record(stage, before, shelf)
        return Done("ran", why)

    def _reasons(self, name: str, stage: Any) -> tuple[str, ...]:
        """Says why a stage has to run: as planned, unless it had to wait or others wrote to dvc.lock."""
        others_wrote = self._lock_of(stage).refresh(stage)
        if name in self._known and not others_wrote:
            return self._known[name]
        return tuple(change.why for change in find_changes(stage, self._workspace))

    def _run(self, name: str, stage: Any, shelf: Shelf, limit_seconds: float | None, processes: int) -> None:
        lines = stage.cmd if isinstance(stage.cmd, list) else stage.cmd.splitlines()
        environment = command_environment(name, self._workspace.root, shelf)
        if processes > 1:
            lines, environment = shared(lines, processes, name), shared_environment(environment)
        command = Command(name, tuple(lines), Path(stage.wdir), environment, limit_seconds, processes)
        end = run_command(command, shelf, self._halt, partial(self._log, name), self._preloaded)
        if end:
            status = status_of_processes(end.tail, end.status) if processes > 1 else end.status
            raise explain_exit(name, replace(end, status=status))

    def _record(self, stage: Any, before: Snapshot, shelf: Shelf) -> None:
        """Does what DVC's `Stage.run` does after the command, once the inputs are proved unchanged."""
        check_unchanged(stage, before, self._workspace)
        stage.save_outs()
        stage.md5 = stage.compute_md5()
        if all(out.use_cache or out.is_metric or out.is_plot for out in stage.outs):
            self._repo.stage_cache.save(stage)
        stage.commit()
        self._lock_of(stage).record(stage)
        self._repo.scm_context.track_file(str(_lock_path(stage)))
        shelf.drop()

    def _outputs(self, stage: Any) -> list[Output]:
        for out in stage.outs:
            if out.persist:
                out.unprotect()
        root = self._workspace.root
        return [
            Output(path=str(Path(out.fs_path).relative_to(root)), stays=out.persist)
            for out in stage.outs
            if Path(out.fs_path).is_relative_to(root)
        ]

    def _lock_of(self, stage: Any) -> LockFile:
        path = _lock_path(stage)
        if path not in self._locks:
            names = [other.name for other in self._stages.values() if other.cmd and other.path == stage.path]
            self._locks[path] = LockFile(path, self._workspace, names, self._loaded[path])
        return self._locks[path]

    def finish(self) -> None:
        """Closes a run that did all it was to do."""
        for lock in self._locks.values():
            lock.finish()
        if len(self._stages) == len(self._graph):
            items = [item for stage in self._stages.values() for item in (*stage.deps, *stage.outs)]
            drop_listings(self._workspace, {str(item.hash_info.value) for item in items if item.hash_info})
        if self._repo.scm_context.autostage:
            self._repo.scm_context.track_changed_files()

    def close(self) -> None:
        """Lets go of DVC's databases."""
        self._repo.close()


def _lock_path(stage: Any) -> Path:
    return Path(stage.path).with_suffix(".lock")
