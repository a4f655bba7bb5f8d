/**
 * How long a run would have taken if one of its nodes had taken no time. Each command is played again: its steps begin
 * in the order in which they began, each as soon as what it waits for has ended and a thread is free, and take as long
 * as they took. There are as many threads as were ever at work at once in the command. What is gained is the difference
 * between two replays, one with the node and one without its time.
 *
 * So it is assumed that other steps do not get faster or slower, and that the system would have kept its order; the
 * pauses between steps count in neither replay. Pure.
 */
import type { Waiting } from "./critical-path.ts";
import { Heap } from "./heap.ts";
import { groupBy } from "./statistics.ts";
import { mostAtOnce } from "./thread-use.ts";

/** A run to be played again. */
export class Replay {
  readonly #commands: readonly CommandReplay[];

  constructor(steps: readonly Waiting[]) {
    const commands = groupBy([...steps.keys()], (at) => steps[at]?.step.command ?? 0);
    this.#commands = [...commands.values()].map((places) => new CommandReplay(steps, places));
  }

  /** Seconds by which the run would have ended earlier without the time of this node. */
  gain(node: number): number {
    return this.#commands.reduce((sum, command) => sum + command.gain(node), 0);
  }
}

/** One command. Steps stand in the order in which they began, so that what one waits for stands before it. */
class CommandReplay {
  readonly #nodes: readonly number[];
  readonly #durations: readonly number[];
  readonly #followers: readonly (readonly number[])[];
  readonly #needs: readonly number[];
  readonly #threads: number;
  readonly #whole: number;

  constructor(steps: readonly Waiting[], places: readonly number[]) {
    const command = places.flatMap((place) => steps[place] ?? []);
    const local = new Map(places.map((place, at) => [place, at]));
    const followers: number[][] = command.map(() => []);
    for (const [at, waiting] of command.entries()) {
      for (const place of waiting.for) followers[local.get(place) ?? at]?.push(at);
    }
    this.#nodes = command.map(({ step }) => step.node);
    this.#durations = command.map(({ step }) => step.ended - step.started);
    this.#followers = followers;
    this.#needs = command.map((waiting) => waiting.for.length);
    this.#threads = Math.max(1, mostAtOnce(command.map(({ step }) => step)));
    this.#whole = this.#play(null);
  }

  /** Never less than nothing: another order of the rest may take longer, but nobody would choose it. */
  gain(node: number): number {
    return this.#nodes.includes(node) ? Math.max(0, this.#whole - this.#play(node)) : 0;
  }

  /** Seconds until the last step has ended. */
  #play(without: number | null): number {
    const missing = [...this.#needs];
    const ready = new Heap<number>();
    const running = new Heap<number>();
    for (const [at, count] of missing.entries()) if (count === 0) ready.push(at, at);
    let now = 0;
    while (ready.size > 0 || running.size > 0) {
      while (ready.size > 0 && running.size < this.#threads) {
        const at = ready.pop()?.item ?? 0;
        running.push(now + (this.#nodes[at] === without ? 0 : (this.#durations[at] ?? 0)), at);
      }
      const next = running.pop();
      if (next === undefined) break;
      now = next.rank;
      for (const follower of this.#followers[next.item] ?? []) {
        const left = (missing[follower] ?? 0) - 1;
        missing[follower] = left;
        if (left === 0) ready.push(follower, follower);
      }
    }
    return now;
  }
}
