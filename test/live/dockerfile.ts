/** A Dockerfile as far as ours goes: its stages, their steps, and the words of what is started. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./places.ts";

export interface Dockerfile {
  text: string;
  /** The instructions of a stage, each on one line; of the image itself for null. */
  steps(stage: string | null): string[];
  /** The words of an instruction in the form of a JSON list, found by what stands before the list. */
  words(before: RegExp): string[];
  /** What ENV sets in the image. */
  variables: Record<string, string>;
}

/** Reads the one of the checkout. */
export function readDockerfile(): Dockerfile {
  const text = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  const lines = text.replaceAll(/\\\n\s*/g, "").split("\n");
  const steps = (stage: string | null) => {
    const head = stage === null ? /^FROM \S+$/ : new RegExp(`^FROM \\S+ AS ${stage}$`);
    const rest = lines.slice(lines.findIndex((line) => head.test(line)) + 1);
    const end = rest.findIndex((line) => line.startsWith("FROM "));
    return (end < 0 ? rest : rest.slice(0, end)).filter((line) => line !== "" && !line.startsWith("#"));
  };
  const pairs = steps(null).flatMap((line) => (line.startsWith("ENV ") ? line.split(" ").slice(1) : []));
  return {
    text,
    steps,
    words(before) {
      const line = steps(null).find((step) => before.test(step)) ?? "";
      return JSON.parse(line.slice(line.indexOf("[")));
    },
    variables: Object.fromEntries(pairs.map((pair) => pair.split("=", 2))),
  };
}
