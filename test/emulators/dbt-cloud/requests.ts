/** What the emulator remembers of each request. */
import type { Api } from "./faults.ts";

export interface Recorded {
  api: Api;
  method: string;
  /** Without the query. */
  path: string;
  /** Of the Admin API what follows the question mark, of Discovery the document. */
  query: string;
  /** Of a Discovery document. */
  operationName: string | null;
  variables: unknown;
  /** How the token was sent; the token itself is not kept. */
  scheme: "Bearer" | "Token" | null;
  /** Null while there is no answer, and for good where the connection was broken instead. */
  status: number | null;
}
