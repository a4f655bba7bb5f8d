/** Times as the API writes them: `2023-10-15 16:44:16.986049`, UTC without saying so. */
export function written(ms: number | null): string | null {
  if (ms === null) return null;
  const micros = Math.round(ms * 1000);
  const seconds = Math.floor(micros / 1e6);
  const fraction = String(micros - seconds * 1e6).padStart(6, "0");
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")}.${fraction}`;
}
