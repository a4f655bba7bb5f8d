/** Asks for a key where the server lets in nobody without one. */
import { h } from "./element.ts";
import { session } from "./session.ts";

/** @param onKey called once a key is kept */
export function signIn(reason: string, onKey: () => void): HTMLElement {
  const input = h("input", {
    id: "key",
    type: "password",
    name: "key",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
  });
  const form = h(
    "form",
    { class: "sign-in card" },
    h("h2", {}, "This server asks for a key"),
    h("p", { role: "status" }, reason),
    h("label", { for: "key" }, "API key"),
    h("div", { class: "row" }, input, h("button", { type: "submit" }, "Sign in")),
    h("p", { class: "quiet" }, "It is kept until this tab is closed, and sent to this server alone."),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const key = input.value.trim();
    if (key === "") return;
    session.signIn(key);
    onKey();
  });
  return h("main", { class: "gate" }, form);
}
