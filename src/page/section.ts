/** A part of the page with its heading, what can be chosen in it, and room for what it shows. */
import { type Child, h } from "./element.ts";
import { redraw } from "./redraw.ts";

export interface Choice {
  text: string;
  href: string;
  isChosen: boolean;
}

export class Section {
  readonly element: HTMLElement;
  readonly body = h("div", { class: "body" });
  readonly #title: HTMLElement;
  readonly #choices = h("div", { class: "choices" });

  constructor(id: string, title: string) {
    this.#title = h("h2", { id: `${id}-title` }, title);
    this.element = h(
      "section",
      { id, "aria-labelledby": `${id}-title` },
      h("div", { class: "head" }, this.#title, this.#choices),
      this.body,
    );
  }

  /** Sets the heading; the name of what it is about may be long. */
  name(title: string, about: string): void {
    this.#title.replaceChildren(`${title} `, h("span", { class: "about" }, about));
  }

  /** Offers these, in groups by what they are about. */
  offer(groups: Readonly<Record<string, readonly Choice[]>>): void {
    redraw(this.#choices, Object.entries(groups).map(group));
  }
}

function group([name, choices]: [string, readonly Choice[]]): Child {
  return h(
    "nav",
    { "aria-label": name },
    h("span", { class: "label", "aria-hidden": "true" }, name),
    ...choices.map(({ text, href, isChosen }) =>
      h("a", { href, "aria-current": isChosen ? "true" : null }, text),
    ),
  );
}
