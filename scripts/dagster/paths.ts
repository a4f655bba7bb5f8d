/** Stand-ins for what a Dagster tells of the machine that it runs on. */

/** Any folders before what is known of a path. */
const BEFORE = String.raw`(?<![\w.@+~/-])(?:/[\w.@+~-]+)*`;

/** In the order in which they are replaced: what is most telling first. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`${BEFORE}/test/live/dagster/project\\b`, "g"), "/harbour/project"],
  [new RegExp(`${BEFORE}/runlens-dagster-\\w+`, "g"), "/harbour/instance"],
  [new RegExp(`${BEFORE}/lib/python3\\.\\d+/site-packages\\b`, "g"), "/harbour/packages"],
  [new RegExp(`${BEFORE}/lib/python3\\.\\d+\\b`, "g"), "/harbour/python"],
  [new RegExp(`${BEFORE}/\\.live/[\\w.-]+`, "g"), "/harbour/environment"],
  [/(?<![\w.@+~/-])\/(?:tmp|var|dev|home|root|Users|private)\/[\w.@+~/-]+/g, "/harbour/elsewhere"],
  [/\b(?:127\.0\.0\.1|localhost):\d+/g, "dagster.example"],
];

/** The text without paths and addresses of a machine. */
export function withoutPlaces(text: string): string {
  return PLACES.reduce((left, [pattern, standIn]) => left.replaceAll(pattern, standIn), text);
}
