/** Figures and times in words. Times are UTC, as in all answers of the API. */

/** Seconds as a person says them: `0.43s`, `12.4s`, `3m 05s`, `1h 04m`; `–` where nobody knows. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return `${trimmed(seconds, seconds < 0.0995 ? 3 : 2)}s`;
  if (seconds < 59.95) return `${trimmed(seconds, 1)}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${twoDigits(whole % 60)}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
}

/** A long time, by its two largest units: `4d 9h`, `2h 10m`, `35m`; less than a minute is `under a minute`. */
export function age(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return "under a minute";
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(`${hours}h`, minutes % 60, "m");
  return joined(`${Math.floor(hours / 24)}d`, hours % 24, "h");
}

/** How long before `now` (ISO 8601) a time was: `4d 9h ago`. */
export function ago(time: string, now: string): string {
  const seconds = (Date.parse(now) - Date.parse(time)) / 1000;
  return seconds < 60 ? "just now" : `${age(seconds)} ago`;
}

const MOMENT = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "UTC",
});
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** `10 Nov, 02:04` */
export function moment(time: string): string {
  return MOMENT.format(new Date(time));
}

/** `10 Nov` */
export function day(time: string | Date): string {
  return DAY.format(new Date(time));
}

/** `1 model`, `2 models` */
export function counted(count: number, thing: string): string {
  return `${count.toLocaleString("en-GB")} ${thing}${count === 1 ? "" : "s"}`;
}

/** A word of the API as a person writes it: `runtime_error` is `runtime error`. */
export function plain(word: string): string {
  return word.replaceAll("_", " ");
}

/** A name without the project before it, where that goes without saying. */
export function shortName(id: string, project: string | undefined): string {
  return project !== undefined && id.startsWith(`${project}.`) ? id.slice(project.length + 1) : id;
}

/** Shortened in the middle to at most `most` characters: names differ at their ends. */
export function fitted(name: string, most: number): string {
  if (name.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - end)}…${name.slice(-end)}`;
}

/** Without zeros at the end. */
function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

function joined(large: string, rest: number, unit: string): string {
  return rest === 0 ? large : `${large} ${rest}${unit}`;
}
