/** Durations and times in words, as the Admin API adds them to its rows. */

const UNITS = [
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/** E.g. `00:01:50` and, beyond a day, `24:00:36`: cut to whole seconds. */
export function clockDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
}

/** The two largest units, e.g. `1 minute, 50 seconds`. */
export function wordDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 && parts.length < 2) parts.push(`${count} ${unit}${count === 1 ? "" : "s"}`);
    else if (parts.length > 0) break;
  }
  return parts.join(", ") || "0 minutes";
}

/** E.g. `2 hours ago`; of what has no time yet the platform says `0 minutes from now`. */
export function wordTime(at: number | null, now: number): string {
  if (at === null) return "0 minutes from now";
  return at <= now ? `${wordDuration(now - at)} ago` : `${wordDuration(at - now)} from now`;
}
