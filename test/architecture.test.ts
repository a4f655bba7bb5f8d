import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** Who may import what, longest prefix first: the direction of the house. `types` may be imported as types alone. */
const RULES: readonly { from: string; may: readonly string[]; types?: readonly string[] }[] = [
  {
    from: "src/core/",
    may: ["src/core/", "src/errors.ts"],
    types: ["src/store/port.ts", "src/sources/source.ts"],
  },
  { from: "tools/", may: ["tools/", "src/core/", "src/operation.ts", "src/errors.ts"] },
  {
    from: "src/store/",
    may: ["src/store/", "src/abort.ts", "src/errors.ts", "src/worker.ts", "src/core/vocabulary.ts"],
    types: ["src/core/"],
  },
  {
    from: "src/sync/",
    may: [
      "src/sync/",
      "src/errors.ts",
      "src/telemetry.ts",
      "src/core/knowledge.ts",
      "src/core/vocabulary.ts",
    ],
    types: ["src/store/port.ts", "src/store/units.ts", "src/sources/source.ts"],
  },
  {
    // dbt 2 keeps its run history in Parquet files, which DuckDB reads: the store says how it is opened.
    from: "src/sources/artifacts/history.ts",
    may: ["src/sources/", "src/errors.ts", "src/store/engine.ts"],
    types: ["src/store/port.ts"],
  },
  {
    from: "src/sources/",
    may: ["src/sources/", "src/errors.ts", "src/telemetry.ts", "src/worker.ts", "src/core/vocabulary.ts"],
    types: ["src/store/port.ts", "src/store/units.ts"],
  },
  { from: "src/operation.ts", may: ["src/core/", "src/errors.ts"], types: ["src/sources/source.ts"] },
  { from: "src/errors.ts", may: [] },
  { from: "src/telemetry.ts", may: [] },
  { from: "src/worker.ts", may: [] },
  { from: "src/abort.ts", may: [] },
  {
    from: "src/frontends/",
    may: [
      "src/frontends/",
      "src/operation.ts",
      "src/abort.ts",
      "src/errors.ts",
      "src/core/inputs.ts",
      "src/core/nearest.ts",
      "src/core/vocabulary.ts",
      "src/log.ts",
      "src/telemetry.ts",
      "src/config.ts",
    ],
    types: ["src/"],
  },
  // It runs in a browser: of the rest it knows the shapes of answers.
  { from: "src/page/", may: ["src/page/"], types: ["src/core/", "src/errors.ts"] },
  { from: "test/emulators/", may: ["test/emulators/"] },
];

interface Import {
  file: string;
  target: string;
  typeOnly: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?([^;]*?)\s*from\s*"([^"]+)"|import\("([^"]+)"\)|^import\s+"([^"]+)"/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(IMPORT)].map((match) => {
    const target = match[3] ?? match[4] ?? match[5] ?? "";
    const names = match[2] ?? "";
    const listed = /^\{([\s\S]*)\}$/.exec(names.trim());
    const isTypeName = (name: string) => name.trim() === "" || name.trim().startsWith("type ");
    const everyNameIsType = (listed?.[1] ?? "value").split(",").every(isTypeName);
    return {
      file,
      target: target.startsWith(".") ? relative(root, resolve(root, dirname(file), target)) : target,
      typeOnly: match[1] !== undefined || everyNameIsType,
    };
  });
}

/** Whether the rules let the file import the target. */
function isAllowed({ file, target, typeOnly }: Import): boolean {
  if (!target.startsWith("src/") && !target.startsWith("tools/")) return true;
  const rule = RULES.find((candidate) => file.startsWith(candidate.from));
  if (rule === undefined) return true;
  const allowed = typeOnly ? [...rule.may, ...(rule.types ?? [])] : rule.may;
  return allowed.some((prefix) => target.startsWith(prefix));
}

const files = [...sourceFiles("src"), ...sourceFiles("tools")];
const imports = [
  ...files,
  ...sourceFiles("test").filter((file) => file.startsWith("test/emulators/")),
].flatMap(importsOf);

/** What dbt itself writes, how a network is asked, and how a fetch gathers: alike for all systems that need it. */
const SHARED: ReadonlySet<string> = new Set(["dbt", "wire", "visit"]);

describe("the architecture", () => {
  it("has files to look at", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(200);
  });

  it("imports in one direction only", () => {
    const wrong = imports.filter((one) => !isAllowed(one));
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  it("would refuse an import against the direction", () => {
    const against = [
      ["src/core/model.ts", "src/store/open.ts"],
      ["src/store/writer.ts", "src/core/account.ts"],
      ["src/sources/dbt-cloud/source.ts", "src/store/open.ts"],
      ["tools/get-run.ts", "src/frontends/mcp.ts"],
      ["src/page/page.ts", "src/core/days.ts"],
      ["test/emulators/dbt-cloud/server.ts", "src/errors.ts"],
    ] as const;
    for (const [file, target] of against)
      expect([file, isAllowed({ file, target, typeOnly: false })]).toEqual([file, false]);
  });

  it("keeps each source apart from the others", () => {
    const crossing = imports.filter(({ file, target }) => {
      const own = /^src\/sources\/([^/]+)\//.exec(file)?.[1];
      const other = /^src\/sources\/([^/]+)\//.exec(target)?.[1];
      return own !== undefined && other !== undefined && !SHARED.has(other) && own !== other;
    });
    expect(crossing).toEqual([]);
  });

  it("opens DuckDB in the store alone", () => {
    const users = imports
      .filter(({ target, typeOnly }) => target === "@duckdb/node-api" && !typeOnly)
      .map(({ file }) => file);
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((file) => !file.startsWith("src/store/"))).toEqual([]);
  });

  it("lets the page use nothing of Node, and nobody use the page", () => {
    const ofPage = imports.filter(({ file }) => file.startsWith("src/page/"));
    expect(ofPage.length).toBeGreaterThan(20);
    expect(ofPage.filter(({ target }) => target.startsWith("node:"))).toEqual([]);
    const users = imports.filter(
      ({ file, target }) => target.startsWith("src/page/") && !file.startsWith("src/page/"),
    );
    expect(users).toEqual([]);
  });

  it("joins signals by src/abort.ts alone: AbortSignal.any leaves something with the longest-lived of them", () => {
    const users = files.filter((file) => readFileSync(join(root, file), "utf8").includes("AbortSignal.any("));
    expect(users).toEqual([]);
  });

  it("speaks MCP in the front ends alone", () => {
    const users = imports
      .filter(({ target }) => target.startsWith("@modelcontextprotocol/"))
      .map(({ file }) => file);
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((file) => !file.startsWith("src/frontends/"))).toEqual([]);
  });

  it("reads the environment in config.ts alone", () => {
    const readers = files.filter((file) => readFileSync(join(root, file), "utf8").includes("process.env"));
    // The build replaces RUNLENS_VERSION by a text: it is no variable of the process.
    const allowed = (file: string) =>
      file === "src/config.ts" ||
      readFileSync(join(root, file), "utf8")
        .replaceAll("process.env.RUNLENS_VERSION", "")
        .includes("process.env") === false;
    expect(readers.filter((file) => !allowed(file))).toEqual([]);
  });
});
