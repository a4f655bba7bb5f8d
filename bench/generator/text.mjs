/** Names, prose and SQL of the generated project. */

export const SYSTEMS = [
  "shop",
  "billing",
  "crm",
  "warehouse",
  "support",
  "ads",
  "payroll",
  "pos",
  "web",
  "mobile",
  "returns",
  "loyalty",
  "shipping",
  "suppliers",
  "inventory",
  "fraud",
  "reviews",
  "search",
  "email",
  "surveys",
];
export const NOUNS = [
  "orders",
  "customers",
  "payments",
  "invoices",
  "sessions",
  "products",
  "prices",
  "refunds",
  "shipments",
  "tickets",
  "campaigns",
  "stores",
  "employees",
  "baskets",
  "vouchers",
  "suppliers",
  "contracts",
  "visits",
];
const ADJECTIVES = [
  "daily",
  "monthly",
  "net",
  "gross",
  "open",
  "late",
  "first",
  "last",
  "average",
  "cumulative",
];
export const TAGS = [
  "nightly",
  "hourly",
  "finance",
  "marketing",
  "operations",
  "people",
  "logistics",
  "critical",
  "pii",
  "deprecated",
];

const SENTENCES = [
  "One row per business key and day.",
  "Amounts are in euros, gross of VAT unless the name says net.",
  "Rows of test accounts are left out.",
  "Late arriving rows are merged within three days.",
  "Größe und Gewicht stammen aus dem Lagerverwaltungssystem, nicht aus dem Katalog.",
  "Les montants sont arrondis à deux décimales, déjà convertis en €.",
  "Данные обновляются каждую ночь; вчерашний день считается полным с шести утра.",
  "返品された注文は含まれません。金額は税込みです。",
  "Οι τιμές περιλαμβάνουν ΦΠΑ.",
  "Ask the owners before you join this to anything that leaves the company 🚲.",
  'The word "active" means an order within the last 90 days, see `dim_calendar`.',
  "Kept for the month close; do not change a column without telling finance.",
];

const CONDITIONS = [
  "status not in ('cancelled', 'test')",
  "coalesce(amount_gross, 0) <> 0",
  "country_code in ('DE', 'FR', 'NL', 'PL')",
  "city <> 'Zürich' -- handled by the Swiss project",
  "lower(channel) ~ '^(web|app)\\\\.'",
  "note not like '%内部テスト%'",
  "updated_at >= dateadd(day, -3, current_date)",
  "valid_to is null",
];

/** @typedef {import("./random.mjs").Random} Random */

/** Some sentences in several languages. @param {Random} random @param {number} count */
export function prose(random, count) {
  return Array.from({ length: count }, () => random.pick(SENTENCES)).join(" ");
}

/** Names of columns, each once. @param {Random} random @param {number} count */
export function columnNames(random, count) {
  const names = new Set(["id"]);
  for (let index = 0; names.size < count; index++) {
    const name = `${random.pick(ADJECTIVES)}_${random.pick(NOUNS)}`;
    names.add(names.has(name) ? `${name}_${index}` : name);
  }
  return [...names];
}

/**
 * SQL of about `length` characters over these relations: common table expressions until it is long enough.
 * @param {Random} random
 * @param {readonly string[]} relations as they stand behind `from`
 * @param {number} length
 */
export function sql(random, relations, length) {
  const parts = ["with "];
  let written = 0;
  for (let index = 0; written < length; index++) {
    const part = expression(random, index, relations[index % relations.length] ?? "(select 1 as id)");
    parts.push(part);
    written += part.length;
  }
  parts.push(`final as (\n    select * from step_0\n)\n\nselect * from final`);
  return parts.join("");
}

/** @param {Random} random @param {number} index @param {string} relation */
function expression(random, index, relation) {
  const lines = [`step_${index} as (\n    select`];
  const columns = random.int(2, 9);
  for (let column = 0; column < columns; column++) {
    const name = `${random.pick(ADJECTIVES)}_${random.pick(NOUNS)}`;
    const comma = column === columns - 1 ? "" : ",";
    lines.push(
      random.chance(0.4)
        ? `        sum(case when ${random.pick(CONDITIONS)} then "${name}" else 0 end) as ${name}_${column}${comma}`
        : `        cast("${name}" as numeric(18, 2)) as ${name}_${column}${comma}`,
    );
  }
  // A comment ends with its line: the condition may carry one.
  lines.push(`    from ${relation}`, `    where ${random.pick(CONDITIONS)}`, "    group by 1\n),\n\n");
  return lines.join("\n");
}

/** Characters of SQL of a model: most are short, one in two hundred is around 100,000. @param {Random} random */
export function sqlLength(random) {
  const place = random.next();
  if (place < 0.005) return random.int(90_000, 105_000);
  if (place < 0.04) return random.int(8_000, 24_000);
  if (place < 0.25) return random.int(2_500, 4_500);
  return random.int(300, 1_000);
}
