/** The schema's own scalars, as the service writes and takes them. */
import { GraphQLError, type GraphQLScalarType, Kind, type ValueNode } from "graphql";

type Behaviour = Pick<GraphQLScalarType<unknown, unknown>, "serialize" | "parseValue" | "parseLiteral">;

export const SCALARS: Readonly<Record<string, Behaviour>> = {
  /** A number on the way out; a number or the text of one on the way in. */
  BigInt: {
    serialize: integer,
    parseValue: integer,
    parseLiteral: (node) =>
      node.kind === Kind.INT || node.kind === Kind.STRING ? integer(node.value) : refuse("BigInt", node.kind),
  },
  /** ISO 8601 in UTC; digits below the millisecond are cut off. Takes epoch milliseconds or a text of dbt. */
  DateTime: {
    serialize: dateTime,
    parseValue: dateTime,
    parseLiteral: (node) =>
      node.kind === Kind.STRING ? dateTime(node.value) : refuse("DateTime", node.kind),
  },
  JSONObject: json(),
  AnyScalar: json(),
};

function integer(value: unknown): number {
  const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
  // Ids of newer accounts may be larger than what `isSafeInteger` takes, and are numbers that a double holds.
  return typeof number === "number" && Number.isInteger(number) ? number : refuse("BigInt", value);
}

function dateTime(value: unknown): string {
  if (typeof value === "number") return new Date(value).toISOString();
  if (typeof value !== "string") return refuse("DateTime", value);
  // Some versions of dbt leave out the zone, and mean UTC.
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(value) || !value.includes("T") ? value : `${value}Z`;
  const time = new Date(zoned);
  return Number.isNaN(time.getTime()) ? refuse("DateTime", value) : time.toISOString();
}

function json(): Behaviour {
  return {
    serialize: (value) => value,
    parseValue: (value) => value,
    parseLiteral: (node, variables) => literal(node, variables ?? {}),
  };
}

function literal(node: ValueNode, variables: Record<string, unknown>): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((value) => literal(value, variables));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map((field) => [field.name.value, literal(field.value, variables)]),
      );
    case Kind.VARIABLE:
      return variables[node.name.value];
    default:
      return node.value;
  }
}

function refuse(scalar: string, value: unknown): never {
  throw new GraphQLError(`${scalar} cannot represent ${JSON.stringify(value)}.`);
}
