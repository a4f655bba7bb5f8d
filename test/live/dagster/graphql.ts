/** GraphQL by hand, for what the product does not ask: starting runs, and looking at them without the product. */
import { objectAt, parseObject } from "../places.ts";

/** Asks the server below `url`, and gives `data`; throws where there are errors instead. */
export async function ask(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const answer = parseObject(await response.text());
  if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors).slice(0, 2_000));
  return objectAt(answer, "data");
}
