/** What a recording keeps of paths and addresses, and of questions that it has no answer to. */
import { expect, it, test } from "vitest";
import { withoutPlaces } from "../../../scripts/dagster/paths.ts";
import { ADDRESS, replaying } from "../../../scripts/dagster/recording.ts";

test.each([
  [
    'File \\"/srv/ann/runlens/test/live/dagster/project/harbour/jobs.py\\", line 52',
    'File \\"/harbour/project/harbour/jobs.py\\", line 52',
  ],
  [
    "Writing file at: /dev/shm/runlens-dagster-a1B2c3/storage/x/y using",
    "Writing file at: /harbour/instance/storage/x/y using",
  ],
  [
    "/srv/ann/runlens/.live/dagster-1.13/lib/python3.11/site-packages/dagster/x.py",
    "/harbour/packages/dagster/x.py",
  ],
  ["/home/ann/.pyenv/versions/3.11.7/lib/python3.11/contextlib.py", "/harbour/python/contextlib.py"],
  ["/srv/ann/runlens/.live/dagster-1.13/bin/python", "/harbour/environment/bin/python"],
  ["unix:/tmp/tmpae106qop", "unix:/harbour/elsewhere"],
  ["http://127.0.0.1:3961/runs", "http://dagster.example/runs"],
])("%s becomes %s", (text, expected) => {
  expect(withoutPlaces(text)).toBe(expected);
});

test.each([
  "raw/berths",
  "dagster/root_run_id",
  "https://harbour.example/berths",
  "1/2",
])("%s stays", (text) => {
  expect(withoutPlaces(text)).toBe(text);
});

it("names what was never asked", async () => {
  const { fetch, missing } = replaying({ exchanges: [] });
  const body = JSON.stringify({ query: "query RunlensRuns { version }", variables: { limit: 5 } });
  const response = await fetch(`${ADDRESS}/graphql`, { method: "POST", body });
  expect(response.status).toBe(400);
  expect(missing).toEqual([expect.stringMatching(/^RunlensRuns [0-9a-f]{12} \[\["limit",5\]\]$/)]);
});
