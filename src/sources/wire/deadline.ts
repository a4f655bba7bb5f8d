/** Ends a request that takes too long, or that nobody waits for any more. */

export class Deadline {
  /** For `fetch`. */
  readonly signal: AbortSignal;
  /** True once the time has passed. */
  isOver = false;
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #ms: number;
  readonly #giveUp = () => this.#controller.abort(this.#caller.reason);
  #timer: NodeJS.Timeout;

  /**
   * The time is that of the machine, whatever clock is injected: it measures the network. (`AbortSignal.any` would
   * do the same, but what it makes lives as long as the caller's signal.)
   */
  constructor(ms: number, caller: AbortSignal) {
    this.#ms = ms;
    this.#caller = caller;
    this.signal = this.#controller.signal;
    this.#timer = this.#start();
    if (caller.aborted) this.#giveUp();
    else caller.addEventListener("abort", this.#giveUp, { once: true });
  }

  /** Begins the time anew, for an answer that takes long but comes. */
  renew(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  /** Call once, when the request is over. */
  end(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener("abort", this.#giveUp);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.isOver = true;
      this.#controller.abort();
    }, this.#ms);
  }
}
