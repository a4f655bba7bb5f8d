/** What answers of the REST API have in common: headers, and the errors of the closed table. */
import { ERROR_CODES, type ErrorCode } from "../../errors.ts";

/** A reference to a component. */
export function refer(kind: "schemas" | "responses" | "headers", name: string): { $ref: string } {
  return { $ref: `#/components/${kind}/${name}` };
}

const text = (description: string) => ({ description, schema: { type: "string" } });

export const HEADERS = {
  ETag: text("Of this very answer; send it back as If-None-Match."),
  "Cache-Control": text("The caller may keep the answer, and has to ask whether it still holds."),
  Link: text('The next page as rel="next", relative to this address; left out on the last one (RFC 8288).'),
  "X-Request-Id": text("Under which the log knows this request."),
  "Retry-After": {
    description: "Seconds after which to ask again.",
    schema: { type: "integer", minimum: 0 },
  },
  "WWW-Authenticate": text("How to authenticate (RFC 6750, RFC 9728)."),
} as const;

/** The codes that go out under each status. */
function codesByStatus(): Map<number, ErrorCode[]> {
  const codes = new Map<number, ErrorCode[]>();
  for (const [code, { status }] of Object.entries(ERROR_CODES)) {
    // The table's own names.
    codes.set(status, [...(codes.get(status) ?? []), code as ErrorCode]);
  }
  return codes;
}

export function errorSchema(): object {
  const fields = {
    code: { enum: Object.keys(ERROR_CODES), description: "What kind of error; this table is closed." },
    message: { type: "string", description: "What is wrong." },
    hint: { type: "string", description: "The next move." },
    request_id: { type: "string", description: "Under which the log knows this request." },
  };
  const error = {
    type: "object",
    properties: fields,
    required: Object.keys(fields),
    additionalProperties: false,
  };
  return { type: "object", properties: { error }, required: ["error"], additionalProperties: false };
}

/** One response for each status, with the codes that it may have. */
export function errorResponses(): Record<string, object> {
  return Object.fromEntries(
    [...codesByStatus()].map(([status, codes]) => [
      componentName(status),
      {
        description: codes.map((code) => `${code}: ${ERROR_CODES[code].meaning}`).join(" "),
        headers: {
          "X-Request-Id": refer("headers", "X-Request-Id"),
          ...(status === 401 ? { "WWW-Authenticate": refer("headers", "WWW-Authenticate") } : {}),
          ...(status === 429 || status === 503 ? { "Retry-After": refer("headers", "Retry-After") } : {}),
        },
        content: {
          "application/json": {
            schema: {
              allOf: [
                refer("schemas", "Error"),
                { properties: { error: { properties: { code: { enum: codes } } } } },
              ],
            },
          },
        },
      },
    ]),
  );
}

/** What each operation may answer instead. */
export function errorReferences(): Record<string, object> {
  const statuses = [...codesByStatus().keys()];
  return Object.fromEntries(statuses.map((status) => [status, refer("responses", componentName(status))]));
}

function componentName(status: number): string {
  return `Error${status}`;
}
