"""Makes the demo's artifacts again, from nothing: `python demo/make.py`.

Needs Python 3.11 or newer and the Debian package `faketime`. It makes its own
virtual environment with the versions in requirements.txt, copies the project
to a work folder, plays the days one after the other and runs dbt for real, with
a clock set for the dbt process only. No artifact is edited; some are left out
(see the README).
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIRST_NIGHT = date(2026, 10, 20)
LAST_NIGHT = date(2026, 11, 18)
STOP_AT = datetime(2026, 11, 18, 7, 30)  # the demo's "now"

# Changes of the project. history/<folder> holds the files as they were BEFORE.
CHANGES = [
    (datetime(2026, 10, 26, 13, 0), "2026-10-26-regatta-dock", []),
    (datetime(2026, 10, 30, 5, 30), "2026-10-30-kiosk-comma", []),
    (datetime(2026, 11, 6, 12, 0), "2026-11-06-trips-as-table", []),
    (datetime(2026, 11, 9, 10, 0), "2026-11-09-finer-slots", []),
    (datetime(2026, 11, 12, 12, 0), "2026-11-12-riders-v2", ["models/marts/core/dim_riders_v2.sql"]),
]

NIGHTLY = ["build", "--target", "prod"]
INTRADAY = ["build", "--select", "tag:intraday", "--target", "prod"]
FRESHNESS = ["source", "freshness", "--target", "prod"]


@dataclass(order=True)
class Invocation:
    at: datetime
    job: str = field(compare=False)
    args: list = field(compare=False)


def plan():
    rng = random.Random(41)
    runs = []
    day = FIRST_NIGHT
    while day <= LAST_NIGHT:
        def at(hour, minute, spread):
            return datetime(day.year, day.month, day.day, hour, minute) + timedelta(seconds=rng.randrange(spread))

        runs.append(Invocation(at(2, 0, 540), "nightly", NIGHTLY))
        runs.append(Invocation(at(6, 5, 150), "freshness", FRESHNESS))
        for hour in (6, 11, 16):
            when = at(hour, 40, 100)
            if day.weekday() < 5 and when < STOP_AT:
                runs.append(Invocation(when, "intraday", INTRADAY))
        day += timedelta(days=1)
    runs.append(Invocation(datetime(2026, 10, 30, 5, 41, 8), "retry", ["retry"]))
    runs.append(Invocation(datetime(2026, 11, 9, 10, 14, 33), "full-refresh",
                           ["build", "--full-refresh", "--target", "prod"]))
    runs.append(Invocation(datetime(2026, 11, 13, 2, 45, 20), "docs", ["docs", "generate", "--target", "prod"]))
    return sorted(runs)


def into_venv(folder):
    """Run this script again with the virtual environment's Python."""
    if Path(sys.prefix).resolve() == folder.resolve():
        return
    python = folder / "bin" / "python"
    if not (folder / "bin" / "dbt").exists():
        print(f"making a virtual environment in {folder}")
        venv.create(folder, with_pip=True)
        # The list is complete, so pip need not look for more: one package that
        # dbt-core names (its experimental parser) is not used and not installed.
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps",
                        "-r", HERE / "requirements.txt"], check=True)
    os.execv(python, [str(python), *sys.argv])


def lay_project(work, moment):
    """Lay the project in `work` as it was at `moment`."""
    wanted = {}
    for path in (HERE / "project").rglob("*"):
        if path.is_file():
            wanted[path.relative_to(HERE / "project").as_posix()] = path
    for when, folder, added in reversed(CHANGES):
        if when > moment:
            for name in added:
                wanted.pop(name, None)
            base = HERE / "history" / folder
            for path in base.rglob("*"):
                if path.is_file():
                    wanted[path.relative_to(base).as_posix()] = path
    for top in ("models", "seeds", "snapshots", "tests"):
        for path in (work / top).rglob("*"):
            if path.is_file() and path.relative_to(work).as_posix() not in wanted:
                path.unlink()
    for name, path in wanted.items():
        target = work / name
        content = path.read_bytes()
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def empty(folder, sign):
    """Empty a folder that an earlier run made; leave any other folder alone."""
    if folder.exists() and any(folder.iterdir()) and not list(folder.glob(sign)):
        sys.exit(f"{folder} is not empty and not from an earlier run: empty it, or name another folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def run_dbt(work, venv_folder, invocation):
    env = {
        "PATH": f"{venv_folder}/bin:/usr/bin:/bin",
        "HOME": str(work),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "DBT_PROFILES_DIR": str(work),
        "NO_COLOR": "1",
    }
    clock = invocation.at.strftime("@%Y-%m-%d %H:%M:%S")
    done = subprocess.run(["faketime", "-f", clock, "dbt", *invocation.args], cwd=work, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("/srv/pedal_harbour"),
                        help="folder dbt runs in, emptied first; its path is in the artifacts (default: %(default)s)")
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / "pedal_harbour_venv")
    parser.add_argument("--output", type=Path, default=HERE / "artifacts",
                        help="replaced when all is done (default: %(default)s)")
    parser.add_argument("--until", type=datetime.fromisoformat, help="stop early, for a try")
    options = parser.parse_args()
    if not shutil.which("faketime"):
        sys.exit("faketime is missing: apt-get install faketime")
    into_venv(options.venv)
    sys.dont_write_bytecode = True
    import simulate

    work, output = options.work, options.output
    empty(work, "dbt_project.yml")
    made = work / "artifacts"
    made.mkdir()
    future, landing = work / "future.duckdb", work / "landing.duckdb"
    simulate.prepare(future, landing, work)

    began = datetime.now()
    loaded_until = datetime(2026, 1, 1)
    version_seen = None
    for invocation in plan():
        if options.until and invocation.at > options.until:
            break
        simulate.load(future, landing, loaded_until, invocation.at)
        loaded_until = invocation.at
        lay_project(work, invocation.at)
        target = work / "target"
        for name in ("run_results.json", "sources.json", "catalog.json"):
            if not (name == "run_results.json" and invocation.args == ["retry"]):
                (target / name).unlink(missing_ok=True)
        code, text = run_dbt(work, options.venv, invocation)
        if code not in (0, 1) or (target / "manifest.json").stat().st_size == 0:
            sys.exit(text)

        folder = made / f"{invocation.at:%Y-%m-%dT%H%M%SZ}-{invocation.job}"
        folder.mkdir()
        names = [n for n in ("run_results.json", "sources.json", "catalog.json") if (target / n).exists()]
        version = sum(when <= invocation.at for when, _, _ in CHANGES)
        if version != version_seen:
            names.append("manifest.json")
            version_seen = version
        for name in names:
            shutil.copyfile(target / name, folder / name)
        if len(names) == 0:
            sys.exit(f"{folder.name}: no artifact\n{text}")
        counts = ""
        if (folder / "run_results.json").exists():
            results = json.loads((folder / "run_results.json").read_text())
            counts = f"{results['elapsed_time']:6.1f} s"
        print(f"{folder.name:40} exit {code} {counts} {' '.join(names)}", flush=True)
    empty(output, "*-nightly")
    shutil.copytree(made, output, dirs_exist_ok=True)
    print(f"{len(list(output.iterdir()))} invocations in {datetime.now() - began}")


if __name__ == "__main__":
    main()
