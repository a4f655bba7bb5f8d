"""Model health by Paradime's own package from the artifacts of a folder, as JSON on stdout.

Its client is asked as it is; in place of its client of the API stands one that reads the files, which costs less than
fetching them.
"""

import contextlib
import json
import resource
import sys
from pathlib import Path

from paradime.apis.metadata.client import MetadataClient


class Files:
    """The part of their Bolt client that their metadata client calls."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def _get_all_latest_artifacts(self, schedule_name, max_runs=1):
        artifacts = {}
        for kind in ("manifest", "run_results"):
            with (self.folder / f"{kind}.json").open(encoding="utf-8") as file:
                artifacts[kind] = json.load(file)
        return artifacts


# Their package prints what it could not load.
with contextlib.redirect_stdout(sys.stderr):
    models = MetadataClient(Files(sys.argv[1])).get_model_health("nightly")
words = {model.unique_id: model.health_status for model in models}
peak_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
json.dump({"words": words, "peakBytes": peak_kilobytes * 1024}, sys.stdout)
