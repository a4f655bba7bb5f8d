// Loaded before a program (`--import`): every attempt to reach the network is written to the file that
// WATCHED_CONNECTIONS names, and refused. Node loads it in the program's worker threads too.

import dgram from "node:dgram";
import dns from "node:dns";
import { appendFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

const file = process.env.WATCHED_CONNECTIONS;

function refuse(what) {
  return (...given) => {
    appendFileSync(file, `${what} ${JSON.stringify(given[0]) ?? ""}\n`);
    throw new Error(`${what} is refused: this program is to stay off the network`);
  };
}

net.Socket.prototype.connect = refuse("net.connect");
net.Server.prototype.listen = refuse("net.listen");
dgram.Socket.prototype.send = refuse("dgram.send");
globalThis.fetch = refuse("fetch");
for (const name of Object.keys(dns)) {
  if (/^(lookup|resolve)/.test(name)) dns[name] = refuse(`dns.${name}`);
}
for (const name of Object.keys(dns.promises)) {
  if (/^(lookup|resolve)/.test(name)) dns.promises[name] = refuse(`dns.promises.${name}`);
}
syncBuiltinESMExports();
