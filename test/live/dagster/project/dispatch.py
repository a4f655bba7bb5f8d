"""How the runs of this instance are started: as Dagster does by itself, but for those whose tag asks for trouble."""

from dagster import DagsterRun
from dagster._core.launcher import LaunchRunContext
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator, QueuedRunCoordinator, SubmitRunContext

BERTH = "harbour/berth"


class HarbourCoordinator(DefaultRunCoordinator):
    """Starts runs at once. A run that is tagged `harbour/berth: later` stays in the queue, which nobody works off."""

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        if context.dagster_run.tags.get(BERTH) != "later":
            return super().submit_run(context)
        queue = QueuedRunCoordinator()
        queue.register_instance(self._instance)
        return queue.submit_run(context)


class HarbourLauncher(DefaultRunLauncher):
    """A launcher whose platform has no room for a run that is tagged `harbour/berth: none`."""

    def launch_run(self, context: LaunchRunContext) -> None:
        if context.dagster_run.tags.get(BERTH) == "none":
            raise RuntimeError("No berth is free for this run.")
        super().launch_run(context)
