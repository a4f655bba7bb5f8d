/** A part of the page that shows one answer: while it is asked for, when it is there, and when it is refused. */
import { Refusal } from "./api.ts";
import { type Child, h } from "./element.ts";
import { redraw } from "./redraw.ts";

export interface Showing<Answer> {
  /** The question in full: while it stays the same, what was answered is drawn again. */
  question: string;
  ask: (signal: AbortSignal) => Promise<Answer>;
  draw: (answer: Answer) => readonly Child[];
}

export class Panel<Answer> {
  readonly #body: HTMLElement;
  readonly #onRefused: (refusal: Refusal) => void;
  #showing: Showing<Answer> | null = null;
  #asking: AbortController | null = null;
  #answer: Answer | null = null;

  /** @param onRefused told of every refusal that is shown */
  constructor(body: HTMLElement, onRefused: (refusal: Refusal) => void) {
    this.#body = body;
    this.#onRefused = onRefused;
  }

  /** Shows the answer to a question. Another question that is still under way is given up. */
  show(showing: Showing<Answer>): void {
    const isSame = this.#showing?.question === showing.question;
    this.#showing = showing;
    if (!isSame) void this.#ask(showing);
    else if (this.#answer !== null) this.#draw(this.#answer);
  }

  /** Shows these words instead of an answer. */
  say(text: string): void {
    this.clear();
    this.#body.append(h("p", { class: "quiet" }, text));
  }

  clear(): void {
    this.#asking?.abort();
    this.#showing = null;
    this.#answer = null;
    this.#body.removeAttribute("aria-busy");
    this.#body.replaceChildren();
  }

  async #ask({ ask }: Showing<Answer>): Promise<void> {
    this.#asking?.abort();
    const { signal } = this.#begin();
    try {
      const answer = await ask(signal);
      if (signal.aborted) return;
      this.#answer = answer;
      this.#draw(answer);
    } catch (error) {
      if (signal.aborted) return;
      this.#refuse(error);
    }
    this.#body.removeAttribute("aria-busy");
  }

  #begin(): AbortController {
    const asking = new AbortController();
    this.#asking = asking;
    this.#answer = null;
    this.#body.setAttribute("aria-busy", "true");
    if (this.#body.childElementCount === 0) this.#body.append(h("p", { class: "quiet" }, "Loading…"));
    return asking;
  }

  #draw(answer: Answer): void {
    redraw(this.#body, this.#showing?.draw(answer) ?? []);
  }

  #refuse(error: unknown): void {
    const refusal =
      error instanceof Refusal ? error : new Refusal(0, "This could not be shown.", String(error));
    const again = h("button", { type: "button" }, "Try again");
    const showing = this.#showing;
    again.addEventListener("click", () => showing !== null && void this.#ask(showing));
    redraw(this.#body, [
      h(
        "div",
        { class: "refusal", role: "alert" },
        h("p", {}, h("strong", {}, refusal.message)),
        h("p", {}, refusal.hint),
        again,
      ),
    ]);
    this.#onRefused(refusal);
  }
}
