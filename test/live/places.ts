/** Where things are: the built program, and what `scripts/live-setup.mjs` has installed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");
export const PROGRAM = join(ROOT, "dist/runlens.js");
export const DEMO_ARTIFACTS = join(ROOT, "demo/artifacts");
/** A small dbt project for these tests. */
export const SHOP = join(import.meta.dirname, "shop");

export const DBT = join(ROOT, ".live/dbt/bin/dbt");
/** Asks an API what its OpenAPI document allows, and what it does not. */
export const SCHEMATHESIS = join(ROOT, ".live/schemathesis/bin/schemathesis");
export const INSPECTOR = join(ROOT, ".live/inspector/node_modules/.bin/mcp-inspector");
/** Speaks MCP on stdio to a client, and over HTTP to a server. */
export const MCP_REMOTE = join(ROOT, ".live/mcp-remote/node_modules/.bin/mcp-remote");

/** The official conformance suite: the version that is released, and the next. */
export const CONFORMANCE = {
  released: join(ROOT, ".live/conformance/node_modules/.bin/conformance"),
  next: join(ROOT, ".live/conformance-next/node_modules/.bin/conformance"),
};
const SYSTEM = `${process.platform}-${process.arch}`;
/** Node for what does not run on the oldest that the product runs on. */
export const NODE_24 = join(ROOT, `.live/node-24/node_modules/node-${SYSTEM}/bin/node`);

/** A headless Chromium, with its libraries and fonts beside it. */
export const CHROMIUM = join(ROOT, ".live/chromium");

/** Every file below `folder`, with its whole path. */
export function filesBelow(folder: string): string[] {
  return below(folder).flatMap(({ path, isFolder }) => (isFolder ? [] : [path]));
}

/** Every folder below `folder`, with its whole path. */
export function foldersBelow(folder: string): string[] {
  return below(folder).flatMap(({ path, isFolder }) => (isFolder ? [path] : []));
}

function below(folder: string): { path: string; isFolder: boolean }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => ({
    path: join(entry.parentPath, entry.name),
    isFolder: entry.isDirectory(),
  }));
}

/** The object in a JSON file. */
export function readJson(file: string): Record<string, unknown> {
  return parseObject(readFileSync(file, "utf8"));
}

/** The list of objects in a JSON file. */
export function readJsonList(file: string): Record<string, unknown>[] {
  return listAt({ list: JSON.parse(readFileSync(file, "utf8")) }, "list");
}

/** The object that `text` is as JSON; throws where it is something else. */
export function parseObject(text: string): Record<string, unknown> {
  return objectAt(JSON.parse(text));
}

/** `value` as an object; throws where it is something else. */
export function objectAt(value: unknown, key?: string): Record<string, unknown> {
  if (key !== undefined) return objectAt(objectAt(value)[key]);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`not an object: ${JSON.stringify(value)?.slice(0, 300)}`);
  }
  // Just seen to be an object.
  return value as Record<string, unknown>;
}

/** The list of objects under `key`; throws where there is none. */
export function listAt(value: unknown, key: string): Record<string, unknown>[] {
  const list = objectAt(value)[key];
  if (!Array.isArray(list)) throw new Error(`${key} is no list: ${JSON.stringify(list)?.slice(0, 300)}`);
  return list.map((item) => objectAt(item));
}
