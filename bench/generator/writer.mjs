/** Writes JSON piece by piece, in the form in which dbt writes it. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Characters that are gathered before they are written. */
const CHUNK = 4 * 1024 * 1024;

const ESCAPED = /[\u0080-\uffff]/g;

/** dbt 1.x writes all but ASCII as \uXXXX. @param {string} text */
function quote(text) {
  const quoted = JSON.stringify(text);
  return quoted.replace(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value as Python's json module writes it: blanks behind commas and colons. @param {unknown} value @returns {string} */
export function encode(value) {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[${value.map(encode).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([key, inner]) => `${quote(key)}: ${encode(inner)}`);
  return `{${members.join(", ")}}`;
}

/** A JSON file that holds one object. Its members are written in the order of the calls. */
export class JsonFile {
  #file;
  #pending = "";
  #isFirst = true;

  /** @param {string} path */
  constructor(path) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, "w");
    this.#write("{");
  }

  /** @param {string} key @param {unknown} value */
  member(key, value) {
    this.#begin(key);
    this.#write(encode(value));
  }

  /** A member whose value is an object of these entries. @param {string} key @param {Iterable<[string, unknown]>} entries */
  object(key, entries) {
    this.#begin(key);
    let separator = "{";
    for (const [name, value] of entries) {
      this.#write(`${separator}${quote(name)}: ${encode(value)}`);
      separator = ", ";
    }
    this.#write(separator === "{" ? "{}" : "}");
  }

  /** A member whose value is an array of these elements. @param {string} key @param {Iterable<unknown>} elements */
  array(key, elements) {
    this.#begin(key);
    let separator = "[";
    for (const value of elements) {
      this.#write(`${separator}${encode(value)}`);
      separator = ", ";
    }
    this.#write(separator === "[" ? "[]" : "]");
  }

  close() {
    this.#write("}");
    this.#flush();
    closeSync(this.#file);
  }

  /** @param {string} key */
  #begin(key) {
    this.#write(`${this.#isFirst ? "" : ", "}${quote(key)}: `);
    this.#isFirst = false;
  }

  /** @param {string} text */
  #write(text) {
    this.#pending += text;
    if (this.#pending.length >= CHUNK) this.#flush();
  }

  #flush() {
    writeSync(this.#file, this.#pending);
    this.#pending = "";
  }
}
