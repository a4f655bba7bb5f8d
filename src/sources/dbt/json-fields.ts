/**
 * The part of an object that someone wants to see: the names of its members, with the same again for members
 * that are objects. Everything else is cut out of the bytes before `JSON.parse` sees them, so that a model's
 * code and columns cost next to nothing where nobody asks for them.
 */
import {
  afterSpace,
  BACKSLASH,
  CLOSE_BRACE,
  COLON,
  COMMA,
  endOfString,
  endOfValue,
  OPEN_BRACE,
  QUOTE,
} from "./json-scan.ts";

/** `true` keeps a member whole, a nested selection keeps that part of it. */
export interface FieldSelection {
  [name: string]: true | FieldSelection;
}

interface Field {
  name: Uint8Array;
  /** Null keeps the member whole. */
  fields: Fields | null;
}

/** A selection made ready for looking up names in bytes. */
export class Fields {
  readonly #byShape = new Map<number, Field[]>();

  constructor(selection: FieldSelection) {
    for (const [text, wanted] of Object.entries(selection)) {
      const name = new TextEncoder().encode(text);
      const shape = shapeOf(name, 0, name.length);
      const field = { name, fields: wanted === true ? null : new Fields(wanted) };
      this.#byShape.set(shape, [...(this.#byShape.get(shape) ?? []), field]);
    }
  }

  /** The field whose name is `bytes[start, end)`, or undefined when it is not wanted. */
  find(bytes: Uint8Array, start: number, end: number): Field | undefined {
    const alike = this.#byShape.get(shapeOf(bytes, start, end));
    if (alike === undefined) return undefined;
    for (const field of alike) if (isAt(field.name, bytes, start)) return field;
    return undefined;
  }
}

function isAt(name: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[start + at]) return false;
  return true;
}

/** A name written with escapes may be any name. */
function isEscaped(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH) return true;
  return false;
}

function shapeOf(bytes: Uint8Array, start: number, end: number): number {
  return ((end - start) << 16) | ((bytes[start] ?? 0) << 8) | (bytes[end - 1] ?? 0);
}

/** Collects the wanted parts of one object after another, in one buffer that is used again. */
export class Pruner {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  /** The text of what was kept by the last successful `prune`. */
  text(): string {
    return this.#buffer.toString("utf8", 0, this.#length);
  }

  /**
   * Keeps of the object that opens at `from` what `fields` select. Gives the index after the object, `-1` when
   * the bytes end first, or `-2` when it is not well formed.
   */
  prune(bytes: Uint8Array, from: number, fields: Fields): number {
    this.#length = 0;
    return this.#object(bytes, from, fields);
  }

  #object(bytes: Uint8Array, from: number, fields: Fields): number {
    this.#byte(OPEN_BRACE);
    // Neighbours that are both wanted are copied as one piece: most of a row is.
    let pieceStart = -1;
    let pieceEnd = -1;
    let at = afterSpace(bytes, from + 1);
    if (bytes[at] === CLOSE_BRACE) {
      this.#byte(CLOSE_BRACE);
      return at + 1;
    }
    for (;;) {
      if (at >= bytes.length) return -1;
      if (bytes[at] !== QUOTE) return -2;
      const nameStart = at;
      const nameEnd = endOfString(bytes, at + 1);
      if (nameEnd === -1) return -1;
      at = afterSpace(bytes, nameEnd);
      if (at >= bytes.length) return -1;
      if (bytes[at] !== COLON) return -2;
      at = afterSpace(bytes, at + 1);
      if (at >= bytes.length) return -1;
      const field = fields.find(bytes, nameStart + 1, nameEnd - 1);
      if (field?.fields && bytes[at] === OPEN_BRACE) {
        this.#piece(bytes, pieceStart, pieceEnd);
        pieceStart = -1;
        this.#piece(bytes, nameStart, at);
        at = this.#object(bytes, at, field.fields);
        if (at < 0) return at;
      } else {
        const isKept = field !== undefined || isEscaped(bytes, nameStart, nameEnd);
        at = endOfValue(bytes, at);
        if (at === -1) return -1;
        if (isKept) {
          if (pieceStart === -1) pieceStart = nameStart;
          pieceEnd = at;
        } else {
          this.#piece(bytes, pieceStart, pieceEnd);
          pieceStart = -1;
        }
      }
      at = afterSpace(bytes, at);
      if (at >= bytes.length) return -1;
      if (bytes[at] === CLOSE_BRACE) {
        this.#piece(bytes, pieceStart, pieceEnd);
        this.#byte(CLOSE_BRACE);
        return at + 1;
      }
      if (bytes[at] !== COMMA) return -2;
      at = afterSpace(bytes, at + 1);
    }
  }

  /** Adds members, after a comma unless they are the first of their object; nothing when `start` is -1. */
  #piece(bytes: Uint8Array, start: number, end: number): void {
    if (start === -1) return;
    if (this.#buffer[this.#length - 1] !== OPEN_BRACE) this.#byte(COMMA);
    this.#copy(bytes, start, end);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = byte;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const buffer = this.#buffer;
    let to = this.#length;
    this.#length += end - start;
    // A native copy of a short piece costs more in the call than in the copying.
    if (end - start > 64) buffer.set(bytes.subarray(start, end), to);
    else for (let at = start; at < end; at++) buffer[to++] = bytes[at] ?? 0;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + count));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
