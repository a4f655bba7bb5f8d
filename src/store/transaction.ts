import type { Statements } from "./engine.ts";

/** Runs `work` in one transaction; nothing of it stays when it fails. */
export async function transaction<T>(sql: Statements, work: () => Promise<T>): Promise<T> {
  await sql.run("BEGIN");
  try {
    const result = await work();
    await sql.run("COMMIT");
    return result;
  } catch (error) {
    await sql.connection.run("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
