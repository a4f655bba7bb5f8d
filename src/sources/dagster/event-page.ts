/**
 * A page of a run's log as the server sends it, read loosely: a field that is missing or of another type is null, a
 * new member of the union is what little is known of it.
 */
import * as z from "zod";

const orNull = <T>(value: T | null | undefined): T | null => value ?? null;
const maybeText = z.string().nullish().catch(null).transform(orNull);
const maybeTexts = z.array(z.string()).nullish().catch(null).transform(orNull);

/** An error with what caused it. `message` begins with the class, mostly, and ends with a line end. */
export interface WireEventError {
  message: string | null;
  className: string | null;
  stack: string[] | null;
  cause: WireEventError | null;
}

export const WireEventError: z.ZodType<WireEventError> = z.lazy(() =>
  z.object({
    message: maybeText,
    className: maybeText,
    stack: maybeTexts,
    cause: WireEventError.nullish().catch(null).transform(orNull),
  }),
);

const AssetKey = z
  .object({ path: z.array(z.string()) })
  .nullish()
  .catch(null);

export const WireEvent = z.object({
  __typename: maybeText,
  /** What the schema never leaves out is null for members that are no `MessageEvent`. */
  message: maybeText,
  /** Epoch milliseconds as text. */
  timestamp: maybeText,
  level: maybeText,
  stepKey: maybeText,
  /** Null for the lines that users log. */
  eventType: maybeText,
  error: WireEventError.nullish().catch(null),
  errorSource: maybeText,
  secondsToWait: z.number().nullish().catch(null),
  assetKey: AssetKey,
  partition: maybeText,
  materializationFailureReason: maybeText,
  evaluation: z
    .object({
      checkName: maybeText,
      success: z.boolean().nullish().catch(null),
      severity: maybeText,
      description: maybeText,
      assetKey: AssetKey,
      partition: maybeText,
    })
    .nullish()
    .catch(null),
  stepKeys: maybeTexts,
});
export type WireEvent = z.infer<typeof WireEvent>;

/** The member of `logsForRun` that is no failure. */
export const EventConnection = z.object({
  /** Of the last event; the same as before where there is nothing new. Opaque, also where it looks like a number. */
  cursor: maybeText,
  /** True where the page is full: the next one may be empty. */
  hasMore: z.boolean().nullish().catch(null),
  events: z.array(WireEvent),
});
export type WireEventPage = z.infer<typeof EventConnection>;

/** Reads one page, oldest event first; `limit` is 1 to 1,000. Rejects with a `RunlensError`. */
export type EventReader = (
  request: { runId: string; afterCursor: string | null; limit: number; stack: boolean },
  signal: AbortSignal,
) => Promise<WireEventPage>;
