/** What a query of job lists costs. The service publishes neither its limit nor its weights: both are assumed. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/** Six lists of 100 rows with 30 plain fields each stay below it. */
export const DEFAULT_COMPLEXITY_LIMIT = 20_000;

/** Only what is asked of a job counts. */
const FREE_ROOTS: ReadonlySet<string> = new Set(["environment", "modelByEnvironment"]);

/** What a field costs where it is more than 1. */
const WEIGHTS: Readonly<Record<string, number>> = {
  rawCode: 10,
  compiledCode: 10,
  rawSql: 10,
  compiledSql: 10,
};

/** Rows that a list is taken to have: a job's own lists (where no page is asked for), and lists within a row. */
const ROWS_OF_JOB = 100;
const ROWS_WITHIN = 10;

export interface Selection {
  schema: GraphQLSchema;
  operation: OperationDefinitionNode;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  variables: Record<string, unknown>;
}

/** The fields that a valid operation asks of jobs, each as often as rows are expected, weighted. */
export function complexityOf(selection: Selection): number {
  const query = selection.schema.getQueryType();
  return query ? costOfSet(selection.operation.selectionSet, query, selection) : 0;
}

function costOfSet(set: SelectionSetNode, parent: GraphQLNamedType, selection: Selection): number {
  return set.selections.reduce((sum, node) => sum + costOfNode(node, parent, selection), 0);
}

function costOfNode(node: SelectionNode, parent: GraphQLNamedType, selection: Selection): number {
  if (node.kind === Kind.FIELD) return costOfField(node, parent, selection);
  const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : selection.fragments.get(node.name.value);
  if (fragment === undefined) return 0;
  const condition = fragment.typeCondition?.name.value;
  const type = condition === undefined ? parent : selection.schema.getType(condition);
  return costOfSet(fragment.selectionSet, type ?? parent, selection);
}

function costOfField(node: FieldNode, parent: GraphQLNamedType, selection: Selection): number {
  const isRoot = parent === selection.schema.getQueryType();
  const field =
    isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
  // Introspection is free as well.
  if (field === undefined || (isRoot && FREE_ROOTS.has(node.name.value))) return 0;
  const own = WEIGHTS[node.name.value] ?? 1;
  if (node.selectionSet === undefined) return own;
  const { first } = getArgumentValues(field, node, selection.variables);
  const asked = typeof first === "number" ? first : null;
  const rows = isList(field.type)
    ? (asked ?? (isRoot || parent.name === "JobNode" ? ROWS_OF_JOB : ROWS_WITHIN))
    : 1;
  return own + rows * costOfSet(node.selectionSet, getNamedType(field.type), selection);
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type));
}
