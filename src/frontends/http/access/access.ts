/** How the server finds out who asks: by keys, by tokens of an authorization server, or not at all. */
import { type Caller, LOCAL } from "../caller.ts";

export interface Access {
  /** False where everybody who reaches the server may ask: it then listens on this machine alone. */
  readonly isProtected: boolean;
  /**
   * Who sends the request. Rejects with `UNAUTHENTICATED` where nobody known does, with `FORBIDDEN` for a token without
   * any of our scopes, with `RATE_LIMITED` where they have asked too often, with `UPSTREAM` where a token cannot be checked.
   */
  admit(headers: Headers): Promise<Caller>;
  /** `WWW-Authenticate` for a request that was refused, RFC 6750; null where no key would help. */
  challenge(error: unknown): string | null;
  /** The document of RFC 9728 on where tokens are to be had; null without an authorization server. */
  metadata(): Record<string, unknown> | null;
  close(): void;
}

/** Lets everybody in. */
export const openAccess: Access = {
  isProtected: false,
  admit: async () => LOCAL,
  challenge: () => null,
  metadata: () => null,
  close: () => undefined,
};
