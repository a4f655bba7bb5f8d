/** Errors as Dagster tells them: a Python exception as a member of an answer's union, with its causes. */
import type { Failure } from "./world.ts";

/** An exception that the webserver catches: told as a PythonError, and the status is 500. */
export class CaughtException extends Error {
  readonly failure: Failure;

  constructor(className: string, message: string) {
    super(message);
    const stack = [
      '  File "/dagster_graphql/implementation/utils.py", line 126, in _fn\n    return fn(*args)\n',
    ];
    this.failure = { className, message, stack, cause: null };
  }
}

/** A field of the real schema that this emulator cannot answer: a fault of its own. */
export class NotEmulated extends Error {
  constructor(what: string) {
    super(`${what} is not emulated`);
  }
}

/** GraphQL's PythonError; the message has the class before it and a line's end, as Python prints it. */
export function pythonError(failure: Failure): object {
  const { className, stack, cause } = failure;
  return {
    __typename: "PythonError",
    message: messageOf(failure),
    className,
    stack,
    cause: () => (cause === null ? null : pythonError(cause)),
    causes: () => causesOf(failure).map(pythonError),
    errorChain: () =>
      causesOf(failure).map((one) => ({
        message: messageOf(one),
        error: pythonError(one),
        isExplicitLink: true,
      })),
  };
}

function messageOf({ module, className, message }: Failure): string {
  const name = module === undefined ? className : `${module}.${className}`;
  return message === "" ? `${name}\n` : `${name}: ${message}\n`;
}

/** The nearest first. */
function causesOf({ cause }: Failure): Failure[] {
  return cause === null ? [] : [cause, ...causesOf(cause)];
}
