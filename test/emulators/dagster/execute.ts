/** One GraphQL request, from its text to an answer and a status, as the webserver does it. */
import {
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isUnionType,
  parse,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { CaughtException, NotEmulated, pythonError } from "./errors.ts";
import type { Fault } from "./faults.ts";
import type { Serving } from "./views/view.ts";

export interface Request {
  query: string;
  variables: Readonly<Record<string, unknown>>;
  operationName: string | null;
}

export interface Answer {
  status: number;
  body: { data: unknown; errors?: readonly object[] };
}

interface Context {
  serving: Serving;
  fault: Fault | null;
}

interface Prepared {
  document: DocumentNode | null;
  errors: readonly GraphQLError[];
}

/** Answers over one schema; documents that were seen before are not checked again. */
export class Executor {
  readonly #schema: GraphQLSchema;
  readonly #prepared = new LRUCache<string, Prepared>({ max: 200 });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** Throws `NotEmulated` where a document asks for what only the real server has. */
  async execute(
    { query, variables, operationName }: Request,
    root: object,
    context: Context,
  ): Promise<Answer> {
    const { document, errors } = this.#prepare(query);
    if (document === null) return { status: 400, body: { data: null, errors: errors.map(shown) } };
    const result = await execute({
      schema: this.#schema,
      document,
      rootValue: root,
      contextValue: context,
      variableValues: variables,
      operationName,
      fieldResolver: resolveField,
    });
    const failed = result.errors ?? [];
    for (const { originalError } of failed) if (originalError instanceof NotEmulated) throw originalError;
    const body = { data: result.data ?? null, ...(failed.length > 0 && { errors: failed.map(shown) }) };
    return { status: statusOf(failed, context.serving), body };
  }

  #prepare(query: string): Prepared {
    const known = this.#prepared.get(query);
    if (known !== undefined) return known;
    const prepared = prepare(this.#schema, query);
    this.#prepared.set(query, prepared);
    return prepared;
  }
}

function prepare(schema: GraphQLSchema, query: string): Prepared {
  try {
    const document = parse(query);
    const errors = validate(schema, document);
    return errors.length > 0 ? { document: null, errors } : { document, errors: [] };
  } catch (error) {
    if (error instanceof GraphQLError) return { document: null, errors: [error] };
    throw error;
  }
}

/**
 * 500 for what a resolver threw or caught, and for a variable that does not fit; 400 for what else the client did
 * wrong; a refusal of access is 200.
 */
function statusOf(errors: readonly GraphQLError[], { caught }: Serving): number {
  const thrown = errors.map(({ originalError }) => originalError).filter((one) => !(one instanceof Refused));
  const misfits = errors.some(({ message }) => /^Variable .* got invalid value/.test(message));
  if (caught.length > 0 || misfits || thrown.some((one) => one !== undefined)) return 500;
  return thrown.length > 0 ? 400 : 200;
}

/** What Dagster+ says to who may not: an error with a code, in an answer of status 200. */
export class Refused extends Error {
  readonly extensions = { code: "UNAUTHENTICATED" };
}

function shown(error: GraphQLError): object {
  const { originalError, path } = error;
  const formatted = error.toJSON();
  // What no resolver threw has no stack to tell.
  if (originalError === undefined || path === undefined || originalError instanceof Refused) return formatted;
  const info = {
    __class__: "SerializableErrorInfo",
    message: `Exception: ${error.message}\n`,
    stack: ['  File "/graphql/execution/execute.py", line 523, in execute_field\n'],
    cls_name: "Exception",
    cause: null,
    context: null,
  };
  return { ...formatted, extensions: { ...formatted.extensions, errorInfo: info } };
}

type Method = (args: unknown, context: Context, info: GraphQLResolveInfo) => unknown;

const isMethod = (value: unknown): value is Method => typeof value === "function";
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** A field by its name; what a view lacks is a fault of the emulator, never null. */
const resolveField: GraphQLFieldResolver<unknown, Context> = (source, args, context, info) => {
  if (info.path.prev === undefined) {
    const failure = faultOf(context, info);
    if (failure !== undefined) return failure;
  }
  const value = isRecord(source) ? source[info.fieldName] : undefined;
  if (value === undefined) throw new NotEmulated(`${info.parentType.name}.${info.fieldName}`);
  return isMethod(value) ? value(args, context, info) : value;
};

/** What a fault makes of a field of Query; undefined where it leaves it as it is. */
function faultOf({ fault, serving }: Context, info: GraphQLResolveInfo): object | undefined {
  if (fault === null || (fault.field !== undefined && fault.field !== info.fieldName)) return undefined;
  if (fault.kind === "python-error") {
    const error = new CaughtException("OperationalError", "connection to the storage was lost");
    if (!isMember(info, "PythonError")) throw error;
    serving.caught.push(error);
    return pythonError({ ...error.failure, module: "sqlalchemy.exc" });
  }
  if (fault.kind === "exception") throw new Error("connection to the storage was lost");
  if (fault.kind !== "unauthorized") return undefined;
  if (!isMember(info, "UnauthorizedError")) throw new Refused("Unauthorized");
  return { __typename: "UnauthorizedError", message: "Authorization failed" };
}

function isMember({ returnType }: GraphQLResolveInfo, name: string): boolean {
  const type = getNamedType(returnType);
  return isUnionType(type) && type.getTypes().some((member) => member.name === name);
}
