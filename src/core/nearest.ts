import { distance } from "fastest-levenshtein";

/** Up to `count` of the candidates that look most like `name`, best first; none that share nothing with it. */
export function nearest(name: string, candidates: readonly string[], count = 3): string[] {
  const wanted = name.toLowerCase();
  return [...new Set(candidates)]
    .map((candidate) => {
      const other = candidate.toLowerCase();
      const longest = Math.max(wanted.length, other.length, 1);
      const contained = other.includes(wanted) || wanted.includes(other);
      return { candidate, likeness: contained ? 0.9 : 1 - distance(wanted, other) / longest };
    })
    .filter(({ likeness }) => likeness >= 0.4)
    .sort((a, b) => b.likeness - a.likeness || a.candidate.localeCompare(b.candidate))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}
