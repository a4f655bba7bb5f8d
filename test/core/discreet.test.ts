import { describe, expect, it } from "vitest";
import { discreet } from "../../src/core/discreet.ts";
import type { AskOptions, Knowledge, Need, View } from "../../src/core/knowledge.ts";
import { RunlensError } from "../../src/errors.ts";

const VIEW: Omit<View, "snapshot"> = {
  as_of: null,
  systems: ["dbt-cloud"],
  complete: true,
  notes: ["Project secret has 3 environments."],
  on_demand: true,
};

/** Knowledge whose views are `view`; `asked` is what it was asked for. */
function over(view: (options: AskOptions) => Partial<View>): { knowledge: Knowledge; asked: Need[] } {
  const asked: Need[] = [];
  const unused = () => Promise.reject(new Error("not asked here"));
  const knowledge: Knowledge = {
    ready: () => Promise.resolve(),
    view: async (need, options = {}) => {
      asked.push(need);
      // Nobody reads it here.
      const snapshot = {} as View["snapshot"];
      return { ...VIEW, snapshot, ...view(options) };
    },
    code: unused,
    log: async () => ({ commands: [], notes: ["The log of secret is cut."] }),
    events: unused,
    invalidate: unused,
    sources: () => [],
    clock: { now: () => 0, sleep: unused },
  };
  return { knowledge, asked };
}

describe("what is told to who may see some projects", () => {
  it("is fetched of these alone, whatever they name", async () => {
    const { knowledge, asked } = over(() => ({}));
    const mine = discreet(knowledge, ["1", "2"]);
    for (const project_ids of [undefined, [], ["2"], ["3"], ["1", "3"]]) {
      await mine.view({
        facts: ["models"],
        run_id: "9",
        ...(project_ids === undefined ? {} : { project_ids }),
      });
    }
    expect(asked.map((need) => need.project_ids)).toEqual([
      ["1", "2"],
      ["1", "2"],
      ["2"],
      ["1", "2"],
      ["1", "2"],
    ]);
    expect(asked[0]).toMatchObject({ facts: ["models"], run_id: "9" });
  });

  it("has no words of sources in it", async () => {
    const { knowledge } = over(({ progress }) => {
      progress?.({ done: 3, total: 9, message: "reading secret" });
      progress?.({ done: 4, total: 9, message: "reading secret" });
      return { complete: false };
    });
    const told: unknown[] = [];
    const mine = discreet(knowledge, ["1"]);
    const view = await mine.view({ facts: ["models"] }, { progress: (one) => told.push(one) });
    const log = await mine.log("source", "9", { debug: false });
    expect(view.notes).toEqual(["Some facts are missing or older than they should be."]);
    expect(log?.notes).toEqual(view.notes);
    expect(told).toEqual([
      { done: 1, total: null, message: "reading the sources" },
      { done: 2, total: null, message: "reading the sources" },
    ]);
  });

  it.each([
    ["NOT_FOUND", "A source has nothing of that name."],
    ["UPSTREAM", "A source could not be asked."],
    ["RATE_LIMITED", "A source allows no more requests for now."],
  ] as const)("of a failure %s is its kind, and not what it is about", async (code, message) => {
    const { knowledge } = over(() => {
      throw new RunlensError(code, "Project secret is broken.", "Look at secret.", { retryAfterS: 7 });
    });
    const error: unknown = await discreet(knowledge, ["1"])
      .view({ facts: ["models"] })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, message, retryAfterS: 7 });
    expect(error instanceof RunlensError ? error.hint : "").not.toContain("secret");
  });
});
