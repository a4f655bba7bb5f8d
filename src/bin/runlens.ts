#!/usr/bin/env node
import { stdioFlags } from "../frontends/stdio-arguments.ts";

const argv = process.argv.slice(2);
const flags = stdioFlags(argv, process.stdin.isTTY === true);
// The server's transport is asked for at once, so that its file is read while the others are.
if (flags !== null) void import("../frontends/stdio.ts");
const { startCli, startStdio } = await import("./start.ts");
if (flags !== null) await startStdio(flags);
else process.exit(await startCli(argv.length === 0 ? ["--help"] : argv));
