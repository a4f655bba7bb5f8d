/** What a caller is told of themselves. */
import * as z from "zod";
import type { Operation } from "../../operation.ts";
import { type Caller, mayAsk, ROLES } from "./caller.ts";

export const CallerAccount = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  projects: z.array(z.string()).nullable(),
  version: z.string(),
  operations: z.array(z.string()),
});
export type CallerAccount = z.infer<typeof CallerAccount>;

/** Who the caller is, which projects they may see (null for all), and what they may ask. */
export function accountOf(caller: Caller, operations: readonly Operation[], version: string): CallerAccount {
  const { name, role, projects } = caller;
  const allowed = operations.filter((operation) => mayAsk(caller, operation));
  return {
    name,
    role,
    projects: projects === null ? null : [...projects],
    version,
    operations: allowed.map((operation) => operation.name),
  };
}
