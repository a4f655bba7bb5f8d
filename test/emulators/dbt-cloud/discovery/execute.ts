/** The Discovery API over a world: GraphQL in, a body and its HTTP status out. */
import {
  type DocumentNode,
  execute,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  parse,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import type { World } from "../world.ts";
import { complexityOf, DEFAULT_COMPLEXITY_LIMIT } from "./complexity.ts";
import { type Answer, badRequest, coded, RequestRefused, tooComplex } from "./errors.ts";
import { Query } from "./query.ts";
import { ArtifactReader } from "./reader.ts";
import { AccountRecord } from "./records.ts";
import { loadSchema, resolveField, type Vintage } from "./schema.ts";

export interface DiscoveryOptions {
  vintage: Vintage;
  /** Epoch milliseconds; says which runs are older than the API remembers. */
  now: () => number;
  /** For queries of jobs; `DEFAULT_COMPLEXITY_LIMIT` where it is left out. */
  complexityLimit?: number;
}

/** As it was sent: nothing of it is checked yet. */
export interface DiscoveryRequest {
  query?: unknown;
  variables?: unknown;
  operationName?: unknown;
}

export interface Discovery {
  /** `projectIds` are those that the token may see, null for all. */
  execute(request: DiscoveryRequest, projectIds: readonly number[] | null): Promise<Answer>;
}

/** Documents that stay parsed and validated. */
const DOCUMENTS = 200;

/** Serves `world` as it is at each request: after `world.touch()` it is read anew. */
export function createDiscovery(world: World, options: DiscoveryOptions): Discovery {
  const schema = loadSchema(options.vintage);
  const limit = options.complexityLimit ?? DEFAULT_COMPLEXITY_LIMIT;
  const reader = new ArtifactReader();
  const documents = new LRUCache<string, DocumentNode>({ max: DOCUMENTS });
  let taken: { version: number; account: AccountRecord } | null = null;

  function account(): AccountRecord {
    if (taken?.version !== world.version) {
      taken = { version: world.version, account: new AccountRecord(world, reader) };
    }
    return taken.account;
  }

  function documentOf(query: unknown): DocumentNode {
    if (typeof query !== "string" || query === "") {
      throw badRequest("BAD_REQUEST", [new GraphQLError("The request has no `query`.")]);
    }
    const document = documents.get(query) ?? validated(query, schema);
    documents.set(query, document);
    return document;
  }

  async function answer(request: DiscoveryRequest, projectIds: readonly number[] | null): Promise<Answer> {
    const document = documentOf(request.query);
    const { operationName, variables } = request;
    const operation = getOperationAST(document, typeof operationName === "string" ? operationName : null);
    if (!operation) {
      throw badRequest("OPERATION_RESOLUTION_FAILURE", [new GraphQLError("There is no such operation.")]);
    }
    if (!isVariables(variables)) {
      throw badRequest("BAD_REQUEST", [new GraphQLError("`variables` is no object.")]);
    }
    const given = variables ?? {};
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given);
    if (errors) throw badRequest("BAD_USER_INPUT", errors);
    const selection = { schema, operation, fragments: fragmentsOf(document), variables: coerced };
    if (complexityOf(selection) > limit) throw tooComplex();

    const result = await execute({
      schema,
      document,
      operationName: operation.name?.value,
      variableValues: given,
      rootValue: new Query(account(), projectIds, options.now()),
      fieldResolver: resolveField,
    });
    const refused = result.errors?.map((error) => coded(error, "INTERNAL_SERVER_ERROR"));
    return { status: 200, body: { ...(refused && { errors: refused }), data: result.data ?? null } };
  }

  return {
    async execute(request, projectIds) {
      try {
        return await answer(request, projectIds);
      } catch (error) {
        if (error instanceof RequestRefused) return error.answer;
        throw error;
      }
    },
  };
}

function validated(query: string, schema: GraphQLSchema): DocumentNode {
  const document = parsed(query);
  const errors = validate(schema, document);
  if (errors.length > 0) throw badRequest("GRAPHQL_VALIDATION_FAILED", errors);
  return document;
}

function parsed(query: string): DocumentNode {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) throw badRequest("GRAPHQL_PARSE_FAILED", [error]);
    throw error;
  }
}

function isVariables(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === null || value === undefined || (typeof value === "object" && !Array.isArray(value));
}

function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}
