import { describe, expect, it } from "vitest";
import { criticalPath, type Step } from "../../src/core/critical-path.ts";
import { Graph } from "../../src/core/graph.ts";
import { Replay } from "../../src/core/replay.ts";
import { waitings } from "../../src/core/step-graph.ts";

const keyOf = (name: string) => name.charCodeAt(0);
const nameOf = (key: number | undefined) => String.fromCharCode(key ?? 63);

/** A step `name started ended [thread]`; capital letters are tests, digits unit tests. */
function step(line: string, command = 0): Step {
  const [name = "", started, ended, thread = null] = line.split(" ");
  const kind = /[A-Z]/.test(name) ? "test" : /\d/.test(name) ? "unit_test" : "build";
  return { node: keyOf(name), command, kind, started: Number(started), ended: Number(ended), thread };
}

/** The run of some steps over a graph given as pairs of letters. */
function run(pairs: string, steps: readonly Step[], starts: readonly (number | null)[] = [0, 0, 0]) {
  const ends = pairs.split(" ").filter((pair) => pair !== "");
  const edges = ends.map((pair) => ({ parent_key: pair.charCodeAt(0), child_key: pair.charCodeAt(1) }));
  const keys = new Set([...steps.map(({ node }) => node), ...edges.flatMap(Object.values)]);
  const nodes = [...keys].map((key) => ({
    key,
    name: nameOf(key),
    resource_type: "model",
    environment_key: 1,
  }));
  const waiting = waitings(steps, new Graph(nodes, edges));
  const nameAt = (at: number | null) => (at === null ? "" : nameOf(waiting[at]?.step.node));
  const path = criticalPath(waiting, starts);
  return {
    path: path.map(({ at }) => nameAt(at)).join(""),
    /** `name waited for [behind]` of each step. */
    told: path.map(({ at, waited_s, waited_for, held_by }) =>
      [nameAt(at), waited_s, waited_for, nameAt(held_by)].join(" ").trim(),
    ),
    waitsFor: Object.fromEntries(waiting.map((one, at) => [nameAt(at), one.for.map(nameAt).sort().join("")])),
    gain: (names: string) => [...names].map((name) => new Replay(waiting).gain(keyOf(name))),
  };
}

describe("one after the other", () => {
  const serial = run("ab bc", [step("a 1 3"), step("b 3 7"), step("c 8 9")]);

  it("has all of them on the path", () => {
    expect(serial.told).toEqual(["a 1 start", "b 0 upstream", "c 1 upstream"]);
  });

  it("gains what each took", () => {
    expect(serial.gain("abc")).toEqual([2, 4, 1]);
  });
});

describe("beside each other", () => {
  // a feeds b and x, both feed c.
  const parallel = run("ab ax bc xc", [
    step("a 0 2 t1"),
    step("b 2 9 t1"),
    step("x 2 5 t2"),
    step("c 9 10 t1"),
  ]);

  it("follows the parent that ended last", () => {
    expect(parallel.path).toBe("abc");
  });

  it("gains no more than to the chain that is next", () => {
    // Without b's 7 seconds, x still takes 3.
    expect(parallel.gain("abxc")).toEqual([2, 4, 0, 1]);
  });

  it("takes the longer one where two ended at once", () => {
    const tied = run("ac bc", [step("a 0 4 t1"), step("b 1 4 t2"), step("c 4 5 t1")]);
    expect(tied.path).toBe("ac");
    expect(tied.gain("ab")).toEqual([1, 0]);
  });
});

describe("threads", () => {
  // One thread: x has nothing to do with a and b, but ran between them.
  const one = [step("a 0 2 t1"), step("x 2 8 t1"), step("b 8 9 t1")];

  it("says behind whom a step waited for its thread", () => {
    expect(run("ab", one).told).toEqual(["a 0 start", "b 6 thread x"]);
  });

  it("gains what is not on the path, where it holds a thread", () => {
    expect(run("ab", one).gain("axb")).toEqual([2, 6, 1]);
  });

  it("tells it without names of threads by how many are at work at once", () => {
    const nameless = (lines: string[]) => lines.map((line) => step(line));
    expect(run("ab", nameless(["a 0 2", "x 0 6", "y 2 5", "b 5 9"])).told).toEqual([
      "a 0 start",
      "b 3 thread y",
    ]);
    // u and v held a up; but then only one of two was at work, and nobody held b up.
    expect(run("ab", nameless(["u 0 1", "v 0 1", "a 1 2", "x 2 4", "b 5 9"])).told).toEqual([
      "a 1 thread u",
      "b 3 upstream",
    ]);
  });
});

describe("tests in a build", () => {
  it("hold up what is downstream of the model that they test", () => {
    const built = run("ab aT", [step("a 0 2"), step("T 2 5"), step("b 5 6")]);
    expect(built.told).toEqual(["a 0 start", "T 0 upstream", "b 0 upstream"]);
    expect(built.waitsFor).toEqual({ a: "", T: "a", b: "Ta" });
  });

  it("of several models hold up only what is downstream of all of them", () => {
    // T reads a and b; c is downstream of a alone, d of both, e comes after d.
    const steps = ["a 0 1", "b 0 1", "T 1 5", "c 1 2", "d 5 6", "e 6 7"].map((line) => step(line));
    const { waitsFor } = run("aT bT ac cd bd de", steps);
    expect(waitsFor).toEqual({ a: "", b: "", T: "ab", c: "a", d: "Tbc", e: "d" });
  });

  it("of a source hold up the models that read it", () => {
    const { path, waitsFor } = run("sT sa", [step("T 0 3"), step("a 3 4")]);
    expect([path, waitsFor.a]).toEqual(["Ta", "T"]);
  });

  it("of units run before their model, and need what it needs", () => {
    const { told, waitsFor } = run("ab b1", [step("a 0 1"), step("1 1 4"), step("b 4 5")]);
    expect(told).toEqual(["a 0 start", "1 0 upstream", "b 0 upstream"]);
    expect(waitsFor).toEqual({ a: "", "1": "a", b: "1a" });
  });

  it("do not hold up what the times say was not held up", () => {
    // dbt run and dbt test at once, or other definitions then: b began before T ended.
    expect(run("ab aT", [step("a 0 2"), step("T 2 5"), step("b 3 6")]).waitsFor.b).toBe("a");
  });
});

describe("what is not there", () => {
  it("is looked through: a node that did not run", () => {
    expect(run("ae eb", [step("a 0 2"), step("b 2 3")]).path).toBe("ab");
  });

  it("leaves a step without a graph alone on the path", () => {
    expect(run("", [step("a 1 2 t1"), step("b 2 3 t2")]).told).toEqual(["b 2 start"]);
    expect(run("", [step("a 1 2 t1"), step("b 2 3 t1")]).told).toEqual(["b 2 thread a"]);
  });

  it("leaves the wait of the first step unknown where the start of the command is", () => {
    expect(run("ab", [step("a 1 2"), step("b 2 3")], [null]).told).toEqual(["a  start", "b 0 upstream"]);
  });

  it("is nothing at all", () => {
    expect(run("", []).path).toBe("");
  });

  it("ends where a broken graph has a cycle", () => {
    expect(run("ab bc ca", [step("a 0 1"), step("b 1 2"), step("c 2 3")]).path).toBe("abc");
  });
});

describe("several commands", () => {
  // seed, then run, then test: each waits for the whole command before it.
  const commands = run(
    "sa ab aT",
    [step("s 1 2", 0), step("u 1 4", 0), step("a 6 8", 1), step("b 8 9", 1), step("T 11 15", 2)],
    [0, 5, 10],
  );

  it("are led by the last step of the one before, whatever it fed", () => {
    expect(commands.told).toEqual(["u 1 start", "a 2 start", "b 0 upstream", "T 2 start"]);
  });

  it("add up what each gains", () => {
    expect(commands.gain("sabT")).toEqual([0, 2, 1, 4]);
  });

  it("count a node in each that ran it", () => {
    const twice = run("ab", [step("a 0 2", 0), step("a 3 6", 1), step("b 6 7", 1)], [0, 3]);
    expect(twice.gain("a")).toEqual([5]);
  });
});
