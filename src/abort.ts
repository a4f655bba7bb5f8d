/** One signal for several, which lets go of them. */

/**
 * Aborts with the first of `signals`, for its reason. `AbortSignal.any` does the same, but on Node 20 the longest-lived
 * of them keeps something of every signal that was made with it: call `end` when what was to be stopped is over.
 */
export class AnySignal {
  readonly signal: AbortSignal;
  readonly #signals: readonly AbortSignal[];
  readonly #controller = new AbortController();
  readonly #pass = (event: Event) => {
    if (event.target instanceof AbortSignal) this.#controller.abort(event.target.reason);
  };

  constructor(signals: readonly AbortSignal[]) {
    this.#signals = signals;
    this.signal = this.#controller.signal;
    const aborted = signals.find((one) => one.aborted);
    if (aborted !== undefined) this.#controller.abort(aborted.reason);
    else for (const one of signals) one.addEventListener("abort", this.#pass, { once: true });
  }

  /** From now on it is not aborted any more. */
  end(): void {
    for (const one of this.#signals) one.removeEventListener("abort", this.#pass);
  }
}
