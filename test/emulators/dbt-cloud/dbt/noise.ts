/** Numbers that look random and depend on their seed alone, so that a world is the same on every machine. */

/** 32 bits of a text (FNV-1a). */
export function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  return bits >>> 0;
}

/** A number in [0, 1) of two hashes. */
export function noise(first: number, second = 0): number {
  let bits = Math.imul(first ^ Math.imul(second + 0x9e3779b9, 0x85ebca6b), 0xc2b2ae35);
  bits ^= bits >>> 15;
  bits = Math.imul(bits, 0x2c1b3c6d);
  bits ^= bits >>> 12;
  return (Math.imul(bits, 0x297a2d39) >>> 0) / 0x100000000;
}

/** Lower-case hexadecimal digits. */
export function hex(seed: string, length: number): string {
  let text = "";
  for (let part = 0; text.length < length; part += 1)
    text += hash(`${part} ${seed}`).toString(16).padStart(8, "0");
  return text.slice(0, length);
}

/** An id in the form of a UUID of version 4. */
export function uuid(seed: string): string {
  const text = hex(seed, 32);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`;
}
