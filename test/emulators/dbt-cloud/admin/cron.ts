/** When a schedule comes next: five fields of numbers, lists, ranges and steps, in UTC. */

const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;
const MINUTE = 60_000;
const DAY = 86_400_000;

/** Epoch milliseconds of the first time after `after`; null where there is none within a year. */
export function nextTime(cron: string, after: number): number | null {
  const fields = cron.trim().split(/\s+/);
  const [minutes, hours, days, months, weekdays] = RANGES.map((range, index) =>
    values(fields[index] ?? "*", range),
  );
  const midnight = Math.floor(after / DAY) * DAY;
  for (let day = midnight; day < midnight + 366 * DAY; day += DAY) {
    const date = new Date(day);
    const isDay = days?.has(date.getUTCDate()) && weekdays?.has(date.getUTCDay());
    if (!isDay || !months?.has(date.getUTCMonth() + 1)) continue;
    for (const hour of hours ?? [])
      for (const minute of minutes ?? []) {
        const time = day + (hour * 60 + minute) * MINUTE;
        if (time > after) return time;
      }
  }
  return null;
}

/** In ascending order. */
function values(field: string, [low, high]: readonly [number, number]): ReadonlySet<number> {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "*", step = "1"] = part.split("/");
    const [first = low, last] = range === "*" ? [low, high] : range.split("-").map(Number);
    const end = last ?? (part.includes("/") ? high : first);
    // Sunday has two numbers.
    for (let value = first; value <= end; value += Number(step)) found.add(high === 6 ? value % 7 : value);
  }
  return new Set([...found].sort((one, other) => one - other));
}
