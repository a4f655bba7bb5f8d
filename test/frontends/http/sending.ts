/** Requests as nobody's client would send them: paths as they stand, and headers that fetch refuses. */
import { type IncomingHttpHeaders, request } from "node:http";

export interface Sent {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** `url` without a path; resolves once all of the answer is there. */
export function send(
  url: string,
  path: string,
  { method, headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Sent> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request(
      // A connection of its own: one that a refusal has closed must not be used again.
      {
        agent: false,
        hostname,
        port,
        path,
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The error of an answer; empty where there is none. */
export function errorOf({ text }: Sent): { code?: string; message?: string; hint?: string } {
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null || !("error" in body)) return {};
  const { error } = body;
  return typeof error === "object" && error !== null ? error : {};
}
