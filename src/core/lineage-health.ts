/** Health of the models that walks meet, judged once for all questions about the same state of the store. */
import type { Facts } from "./facts.ts";
import type { Health } from "./health.ts";
import { type HealthPicture, healthPicture } from "./health-facts.ts";

export interface Judged {
  picture: HealthPicture;
  /** Null for what is no model, or no current one. */
  of(key: number): Health | null;
}

export function healthIn(facts: Facts, environmentKeys: readonly number[]): Promise<Judged> {
  return facts.derived(`health ${environmentKeys.join()}`, async () => {
    const picture = await healthPicture(facts, environmentKeys);
    const known = new Map<number, Health>();
    return {
      picture,
      of(key) {
        const before = known.get(key);
        if (before !== undefined) return before;
        const model = picture.models.get(key);
        if (model === undefined) return null;
        const health = picture.health(model);
        known.set(key, health);
        return health;
      },
    };
  });
}
