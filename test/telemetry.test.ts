import { describe, expect, it } from "vitest";
import { inWork, listen, readTrace, tell, traceHeaders, workAtHand } from "../src/telemetry.ts";

const ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

describe("a trace", () => {
  it("goes on with the same id, the same flags and a span of its own", () => {
    const trace = readTrace(`00-${ID}-${PARENT}-01`, "vendor=1");
    const headers = inWork({ trace }, traceHeaders);
    expect(headers.tracestate).toBe("vendor=1");
    const [version, id, span, flags] = (headers.traceparent ?? "").split("-");
    expect([version, id, flags]).toEqual(["00", ID, "01"]);
    expect(span).toMatch(/^[0-9a-f]{16}$/);
    expect(span).not.toBe(PARENT);
  });

  it.each([
    ["nothing", null],
    ["a text", "hello"],
    ["upper case", `00-${ID.toUpperCase()}-${PARENT}-01`],
    ["no trace id", `00-${"0".repeat(32)}-${PARENT}-01`],
    ["no parent id", `00-${ID}-${"0".repeat(16)}-01`],
    ["version ff", `ff-${ID}-${PARENT}-01`],
    ["too many parts", `00-${ID}-${PARENT}-01-more`],
    ["a line break", `00-${ID}-${PARENT}-01\r\nX: y`],
  ])("is none for %s", (_, header) => {
    expect(readTrace(header, null)).toBeNull();
  });

  it("of a later version is read as far as it is known, and a state that is too long is left out", () => {
    expect(readTrace(`01-${ID}-${PARENT}-00-more`, "x".repeat(513))).toEqual({
      traceId: ID,
      flags: "00",
      state: null,
    });
  });

  it("is not passed on where there is none, and stays apart from other work", async () => {
    expect(traceHeaders()).toEqual({});
    const work = (digit: string) =>
      inWork(
        { requestId: digit, trace: { traceId: digit.repeat(32), flags: "01", state: null } },
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return workAtHand();
        },
      );
    expect(await Promise.all([work("a"), work("b")])).toEqual([
      { request_id: "a", trace_id: "a".repeat(32) },
      { request_id: "b", trace_id: "b".repeat(32) },
    ]);
    expect(workAtHand()).toEqual({});
  });
});

describe("what is told", () => {
  it("is made only where somebody listens, until they no longer do", () => {
    let made = 0;
    const once = () => {
      made++;
      return { vendor: "dagster", left: made };
    };
    tell("upstream-budget", once);
    expect(made).toBe(0);
    const heard: number[] = [];
    const stop = listen("upstream-budget", ({ left }) => heard.push(left));
    tell("upstream-budget", once);
    stop();
    tell("upstream-budget", once);
    expect([made, heard]).toEqual([1, [1]]);
  });
});
