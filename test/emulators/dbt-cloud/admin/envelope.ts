/** How the Admin API wraps what it says, and what it says when it refuses. */

export interface AdminReply {
  status: number;
  contentType: string;
  body: string;
}

/** A refusal; `userMessage` is what the envelope shows. */
export class AdminError extends Error {
  readonly status: number;

  constructor(status: number, userMessage: string) {
    super(userMessage);
    this.status = status;
  }
}

/** Captured texts; that of 404 and 429 and the words for a bad parameter are assumed. */
export const MESSAGES = {
  badToken: "Invalid token.",
  wrongAccount: "Access denied: Token is not scoped to account.",
  noPermission: "Insufficient permissions",
  notFound: "The requested resource was not found. Please check that you have the proper permissions.",
  notAllowed: "Method not allowed.",
  throttled: "Too many requests.",
} as const;

/** The envelope of one object or, with `extra`, of a list. */
export function success(data: unknown, extra?: unknown): AdminReply {
  const status = { code: 200, is_success: true, user_message: "Success!", developer_message: "" };
  return json(200, { status, data, ...(extra === undefined ? {} : { extra }) });
}

export function failure(code: number, userMessage: string): AdminReply {
  const status = { code, is_success: false, user_message: userMessage, developer_message: null };
  return json(code, { status, data: null });
}

export function notFound(): AdminError {
  return new AdminError(404, MESSAGES.notFound);
}

export function json(status: number, body: unknown): AdminReply {
  return { status, contentType: "application/json", body: JSON.stringify(body) };
}
