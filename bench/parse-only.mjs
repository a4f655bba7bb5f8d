/** The floor: a process that reads the files named on its command line, parses them, and does nothing else. */
import { readFileSync } from "node:fs";

let members = 0;
for (const path of process.argv.slice(2)) {
  members += Object.keys(JSON.parse(readFileSync(path, "utf8"))).length;
}
process.stdout.write(`${members}\n`);
