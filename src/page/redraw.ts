/** Draws a part anew without whoever reads it noticing more than what changed. */
import type { Child } from "./element.ts";

/** Replaces what is in the element; the focus stays on what has the same name, and what was unfolded stays so. */
export function redraw(element: Element, children: readonly Child[]): void {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const open = new Set([...element.querySelectorAll("details[open] > summary")].map(nameOf));
  element.replaceChildren(...children.filter((child) => child !== null));
  for (const summary of element.querySelectorAll("details > summary"))
    if (open.has(nameOf(summary))) summary.parentElement?.setAttribute("open", "");
  if (focused === null) return;
  const reachable = [...element.querySelectorAll<HTMLElement | SVGElement>("a, button, summary, [tabindex]")];
  const same = reachable.find((one) => one.tagName === focused.tagName && nameOf(one) === nameOf(focused));
  (same ?? reachable[0])?.focus({ preventScroll: true });
}

function nameOf(element: Element): string {
  return element.getAttribute("aria-label") ?? element.textContent;
}
