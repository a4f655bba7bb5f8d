/** What the API says when it refuses. */
import { GraphQLError } from "graphql";

export interface Answer {
  status: number;
  body: unknown;
}

/** Apollo's names of what is wrong with a request (HTTP 400). */
export type RequestFault =
  | "BAD_REQUEST"
  | "BAD_USER_INPUT"
  | "GRAPHQL_PARSE_FAILED"
  | "GRAPHQL_VALIDATION_FAILED"
  | "OPERATION_RESOLUTION_FAILURE";

/** Ends a request before anything of it is resolved. */
export class RequestRefused extends Error {
  readonly answer: Answer;

  constructor(status: number, errors: readonly object[]) {
    super("refused");
    this.answer = { status, body: { errors } };
  }
}

export function badRequest(code: RequestFault, errors: readonly GraphQLError[]): RequestRefused {
  return new RequestRefused(
    400,
    errors.map((error) => coded(error, code)),
  );
}

/** The service's own words, as users report them. */
const TOO_COMPLEX =
  "Error: This query exceeds the complexity limit. Consider breaking it up into separate queries or limiting to " +
  "necessary fields. See the API docs for example queries and recommendations. The environment endpoint is " +
  "recommended for most use cases to get the latest results for a dbt project.";

export function tooComplex(): RequestRefused {
  return new RequestRefused(200, [refusal(TOO_COMPLEX, "COMPLEXITY_EXCEEDED").toJSON()]);
}

/** An error of a resolver: it stands in a body of HTTP 200. */
export function refusal(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** An error as it goes over the wire; with `code` where it has none of its own. */
export function coded(error: GraphQLError, code: string): object {
  return { ...error.toJSON(), extensions: { code, ...error.extensions } };
}
