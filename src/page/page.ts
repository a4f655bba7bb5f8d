/** The page: its parts, and what each of them shows at an address. */
import type { Lineage } from "../core/lineage-answers.ts";
import type { RuntimeTrend } from "../core/trend-answers.ts";
import { type Address, DAYS, DEPTHS, HOME, readAddress, type Subject, writeAddress } from "./address.ts";
import type { Refusal } from "./api.ts";
import { barsView, type LongestAnswers, slowest } from "./bars-view.ts";
import { h } from "./element.ts";
import { Header } from "./header.ts";
import { type HealthAnswers, healthView } from "./health-view.ts";
import { lineageView } from "./lineage-view.ts";
import { Panel } from "./panel.ts";
import {
  askAccount,
  askHealth,
  askLineage,
  askLongest,
  askNames,
  askProjects,
  askTrend,
} from "./questions.ts";
import { Section } from "./section.ts";
import { session } from "./session.ts";
import { signIn } from "./sign-in.ts";
import { trendView } from "./trend-view.ts";
import { shortName } from "./words.ts";

export class Page {
  readonly #header: Header;
  readonly #health = new Section("health", "Health");
  readonly #longest = new Section("longest", "Where the time goes");
  readonly #trend = new Section("trend", "Run time");
  readonly #lineage = new Section("lineage", "Lineage");
  readonly #main = h(
    "main",
    { id: "main", tabindex: -1 },
    this.#health.element,
    h("div", { class: "times" }, this.#longest.element, this.#trend.element),
    this.#lineage.element,
  );
  readonly #version = h("span");
  readonly #panels = {
    health: this.#panel<HealthAnswers>(this.#health),
    longest: this.#panel<LongestAnswers>(this.#longest),
    trend: this.#panel<RuntimeTrend>(this.#trend),
    lineage: this.#panel<Lineage>(this.#lineage),
  };
  #address: Address = HOME;
  /** Aborted when another caller signs in, or out. */
  #visit = new AbortController();

  constructor(body: HTMLElement) {
    this.#header = new Header({
      go: (change) => {
        location.hash = this.#at(change);
      },
      names: () => askNames(this.#address, this.#visit.signal),
      signOut: () => {
        session.signOut();
        this.begin();
      },
    });
    const skip = h("a", { class: "skip", href: "#main" }, "To the content");
    skip.addEventListener("click", (event) => {
      // What is behind the # says what is looked at.
      event.preventDefault();
      this.#main.focus();
    });
    const about = h(
      "p",
      {},
      "Times are UTC. ",
      h("a", { href: "docs" }, "REST API"),
      " · runlens ",
      this.#version,
    );
    body.append(skip, this.#header.element, this.#main, h("footer", {}, about));
    addEventListener("hashchange", () => this.#show());
  }

  /** Begins anew, as whoever is signed in now. */
  begin(): void {
    this.#visit.abort();
    this.#visit = new AbortController();
    const { signal } = this.#visit;
    for (const panel of Object.values(this.#panels)) panel.clear();
    document.querySelector("main.gate")?.remove();
    this.#main.hidden = false;
    this.#header.forget();
    // Where these are refused, so are the parts of the page, which say why.
    askAccount(signal).then(
      (account) => {
        this.#header.greet(account, session.key !== null);
        this.#version.textContent = account.version;
      },
      () => undefined,
    );
    askProjects(signal).then(
      (projects) => this.#header.know(projects),
      () => undefined,
    );
    this.#show();
  }

  #show(): void {
    const before = this.#address;
    const address = readAddress(location.hash);
    this.#address = address;
    this.#header.show(address);
    const place = JSON.stringify([address.project, address.environment]);
    this.#panels.health.show({
      question: place,
      ask: (signal) => askHealth(address, signal),
      draw: (answers) =>
        healthView(answers, {
          model: (id) => this.#at({ subject: { kind: "model", id, project: null } }),
          job: (id, project) => this.#at({ subject: { kind: "job", id, project } }),
        }),
    });
    if (address.subject !== null) this.#showSubject(address.subject);
    this.#panels.longest.show({
      question: place,
      ask: (signal) => askLongest(address, signal),
      draw: (answers) => this.#bars(answers),
    });
    if (address.subject !== null && address.subject.id !== before.subject?.id)
      this.#trend.element.scrollIntoView({ block: "nearest" });
  }

  /** The bars; where nothing is chosen, the slowest model is shown with them. */
  #bars(answers: LongestAnswers): ReturnType<typeof barsView> {
    const first = slowest(answers);
    const chosen = this.#address.subject ?? first;
    if (this.#address.subject === null) {
      if (first === null) {
        this.#panels.trend.say("No run times are known yet.");
        this.#panels.lineage.say("Search for a model to see what feeds it and what it feeds.");
      } else this.#showSubject(first);
    }
    return barsView(answers, {
      hrefOf: (subject) => this.#at({ subject }),
      isChosen: (subject) => chosen !== null && chosen.kind === subject.kind && chosen.id === subject.id,
    });
  }

  #showSubject(subject: Subject): void {
    const address = this.#address;
    const { days, by, depth, environment, project } = address;
    this.#trend.name("Run time of", subject.id);
    this.#trend.offer({
      Period: DAYS.map((one) => ({
        text: `${one}d`,
        href: this.#at({ days: one }),
        isChosen: one === days,
      })),
      By: (["day", "run"] as const).map((one) => ({
        text: one,
        href: this.#at({ by: one }),
        isChosen: one === by,
      })),
    });
    this.#panels.trend.show({
      question: JSON.stringify([subject, days, by, environment, project]),
      ask: (signal) => askTrend(subject, address, signal),
      draw: trendView,
    });
    if (subject.kind === "job") {
      this.#lineage.name("Lineage", "");
      this.#lineage.offer({});
      this.#panels.lineage.say("A job has none: choose a model to see what feeds it and what it feeds.");
      return;
    }
    this.#lineage.name("Lineage of", subject.id);
    this.#lineage.offer({
      Steps: DEPTHS.map((one) => ({
        text: one === null ? "all" : String(one),
        href: this.#at({ depth: one }),
        isChosen: one === depth,
      })),
    });
    this.#panels.lineage.show({
      question: JSON.stringify([subject, depth, environment]),
      ask: (signal) => askLineage(subject.id, address, signal),
      draw: (lineage) =>
        lineageView(lineage, {
          nameOf: (id) => shortName(id, lineage.roots[0]?.model_id.split(".")[0]),
          hrefOf: (id) => this.#at({ subject: { kind: "model", id, project: null } }),
        }),
    });
  }

  /** The address of what is looked at now, with a change. */
  #at(change: Partial<Address>): string {
    return writeAddress({ ...this.#address, ...change });
  }

  #panel<Answer>({ body }: Section): Panel<Answer> {
    return new Panel(body, (refusal) => this.#refused(refusal));
  }

  #refused({ status, message }: Refusal): void {
    if (status !== 401 || this.#main.hidden) return;
    const hadKey = session.key !== null;
    session.signOut();
    this.#header.forget();
    this.#main.hidden = true;
    const reason = hadKey ? `The key was refused: ${message}` : "Whoever runs it gives you one.";
    const gate = signIn(reason, () => this.begin());
    this.#main.before(gate);
    gate.querySelector("input")?.focus();
  }
}
