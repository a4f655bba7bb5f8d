/** The bar at the top: which project and environment, which model, and who is signed in. */
import type { ProjectSummary } from "../core/answers.ts";
import { type Address, HOME } from "./address.ts";
import { h } from "./element.ts";

export interface HeaderActions {
  /** Goes to where one is, with a change. */
  go: (change: Partial<Address>) => void;
  /** Ids of models, asked for when somebody begins to search. */
  names: () => Promise<readonly string[]>;
  signOut: () => void;
}

/** Who asks, as the API tells them. */
export interface Account {
  name: string;
  role: string;
  version: string;
}

export class Header {
  readonly element: HTMLElement;
  readonly #actions: HeaderActions;
  readonly #project = h("select", { id: "project" });
  readonly #environment = h("select", { id: "environment" });
  readonly #search = h("input", {
    id: "search",
    type: "search",
    list: "models",
    placeholder: "project.model",
    autocomplete: "off",
    spellcheck: "false",
  });
  readonly #names = h("datalist", { id: "models" });
  readonly #who = h("span", { class: "who" });
  #hasNames = false;
  #projects: readonly ProjectSummary[] = [];
  #address: Address = HOME;

  constructor(actions: HeaderActions) {
    this.#actions = actions;
    const form = h(
      "form",
      { role: "search" },
      h("label", { for: "search" }, "Model"),
      this.#search,
      this.#names,
      h("button", { type: "submit" }, "Show"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#showModel();
    });
    this.#search.addEventListener("focus", () => void this.#loadNames());
    this.#project.addEventListener("change", () =>
      // What is chosen may lie in another project, and so may the environment.
      actions.go({ project: this.#project.value || null, environment: null, subject: null }),
    );
    this.#environment.addEventListener("change", () =>
      actions.go({ environment: this.#environment.value || null }),
    );
    this.element = h(
      "header",
      {},
      h("h1", {}, h("a", { href: "#" }, "runlens")),
      h(
        "div",
        { class: "controls" },
        h("span", { class: "field" }, h("label", { for: "project" }, "Project"), this.#project),
        h("span", { class: "field" }, h("label", { for: "environment" }, "Environment"), this.#environment),
        form,
      ),
      this.#who,
    );
  }

  /** Tells who asks; `canSignOut` where a key was given. */
  greet({ name, role }: Account, canSignOut: boolean): void {
    this.#who.replaceChildren();
    if (!canSignOut) return;
    const out = h("button", { type: "button" }, "Sign out");
    out.addEventListener("click", this.#actions.signOut);
    this.#who.replaceChildren(`${name} (${role})`, out);
  }

  /** Tells which projects and environments there are. */
  know(projects: readonly ProjectSummary[]): void {
    this.#projects = projects;
    this.#offer();
  }

  /** Shows what is looked at now. */
  show(address: Address): void {
    const { project, environment } = this.#address;
    this.#address = address;
    if (project !== address.project || environment !== address.environment) this.#forgetNames();
    this.#offer();
  }

  /** Another caller may know other projects and names. */
  forget(): void {
    this.#projects = [];
    this.#who.replaceChildren();
    this.#forgetNames();
    this.#offer();
  }

  /** The projects, and the environments of the one that is chosen. */
  #offer(): void {
    const { project, environment } = this.#address;
    fill(this.#project, project, [
      ["", "all projects"],
      ...this.#projects.map(({ project_id, name }): Choice => [project_id, name]),
    ]);
    const within = this.#projects.filter((one) => project === null || one.project_id === project);
    const names = new Set(within.flatMap(({ environments }) => environments.map(({ name }) => name)));
    fill(this.#environment, environment, [
      ["", "production"],
      ...[...names].sort().map((name): Choice => [name, name]),
    ]);
  }

  #forgetNames(): void {
    this.#hasNames = false;
    this.#names.replaceChildren();
  }

  async #loadNames(): Promise<void> {
    if (this.#hasNames) return;
    this.#hasNames = true;
    const names = await this.#actions.names().catch(() => {
      // A name that is typed in full is looked up all the same.
      this.#hasNames = false;
      return [];
    });
    this.#names.replaceChildren(...names.map((name) => h("option", { value: name })));
  }

  #showModel(): void {
    const id = this.#search.value.trim();
    if (id === "") return;
    this.#actions.go({ subject: { kind: "model", id, project: null } });
  }
}

type Choice = [value: string, text: string];

/** What an address names is offered even where nobody knows it: the API then says what there is. */
function fill(select: HTMLSelectElement, chosen: string | null, choices: readonly Choice[]): void {
  const all: readonly Choice[] =
    chosen === null || choices.some(([value]) => value === chosen) ? choices : [...choices, [chosen, chosen]];
  select.replaceChildren(
    ...all.map(([value, text]) => h("option", { value, selected: value === (chosen ?? "") }, text)),
  );
}
