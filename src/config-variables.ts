/** The environment variables, as people are told of them. */
import { LOG_LEVELS } from "./log.ts";

/** A variable as people are told of it. */
export interface Variable {
  name: string;
  example: string;
  meaning: string;
  /** What holds without it, in words. */
  default: string;
  /** Whoever knows the value can ask a source: forms hide it, and it is never shown. */
  secret?: true;
  /** What it names on disk, for forms that let people choose. */
  path?: "file" | "folder";
  /** Means nothing to a server on stdio. */
  only?: "serve";
}

/** Every environment variable that runlens reads. `.env.example`, the docs and the packages are made of this table. */
export const VARIABLES = [
  {
    name: "DBT_ARTIFACTS_PATH",
    example: "/path/to/dbt/target",
    meaning: `Folder of dbt artifacts (a target folder, or a tree of archived ones); several are separated by commas or by the character that separates paths in PATH.`,
    default: "./target, where there is one",
    path: "folder",
  },
  {
    name: "DBT_SERVICE_TOKEN",
    example: "your-service-token",
    meaning:
      "Service token or personal access token of a dbt Cloud account; which permissions it needs is in docs/sources/dbt-cloud.md.",
    default: "not set; dbt Cloud is not asked then",
    secret: true,
  },
  {
    name: "DBT_ACCOUNT_ID",
    example: "12345",
    meaning: "Number of the dbt Cloud account, as it follows /deploy/ in the addresses of its pages.",
    default: "not set; DBT_SERVICE_TOKEN needs it",
  },
  {
    name: "DBT_HOST",
    example: "ab123.us1.dbt.com",
    meaning:
      "Host of the dbt Cloud account, as Account settings, Access URLs shows it; both APIs are found from it.",
    default: "cloud.getdbt.com",
  },
  {
    name: "DBT_DISCOVERY_URL",
    example: "https://ab123.metadata.us1.dbt.com/graphql",
    meaning: "Address of the Discovery API, where the host does not tell it.",
    default: "found from DBT_HOST",
  },
  {
    name: "DBT_ADMIN_URL",
    example: "https://ab123.us1.dbt.com",
    meaning: "Address of the Admin API, where the host does not tell it.",
    default: "found from DBT_HOST",
  },
  {
    name: "DAGSTER_GRAPHQL_URL",
    example: "http://localhost:3000/graphql",
    meaning:
      "Address of a Dagster webserver, or of its GraphQL endpoint; of Dagster+ where its own three variables do not tell it.",
    default: "not set; Dagster is not asked then",
  },
  {
    name: "DAGSTER_CLOUD_ORGANIZATION",
    example: "acme",
    meaning: "Organization of Dagster+, the first part of ORG.dagster.cloud.",
    default: "not set",
  },
  {
    name: "DAGSTER_CLOUD_DEPLOYMENT",
    example: "prod",
    meaning: "Deployment of Dagster+: prod, or the name of a branch deployment.",
    default: "not set; DAGSTER_CLOUD_ORGANIZATION needs it",
  },
  {
    name: "DAGSTER_CLOUD_API_TOKEN",
    example: "your-user-token",
    meaning: "User token of Dagster+; a webserver of your own needs none.",
    default: "not set",
    secret: true,
  },
  {
    name: "DAGSTER_EXTRA_HEADERS",
    example: '{"CF-Access-Client-Id": "your-id"}',
    meaning: "More headers for Dagster, as a JSON object, e.g. what a proxy before the webserver asks for.",
    default: "none",
    secret: true,
  },
  {
    name: "PARADIME_API_ENDPOINT",
    example: "https://api.paradime.io/api/v1/abc123/graphql",
    meaning: "API endpoint of a Paradime workspace, as it is shown with its API key.",
    default: "not set; Paradime is not asked then",
  },
  {
    name: "PARADIME_API_KEY",
    example: "your-api-key",
    meaning: "API key of the workspace; a secret that begins with prdm_ needs none.",
    default: "not set",
    secret: true,
  },
  {
    name: "PARADIME_API_SECRET",
    example: "your-api-secret",
    meaning: "API secret of the workspace.",
    default: "not set; PARADIME_API_ENDPOINT needs it",
    secret: true,
  },
  {
    name: "PARADIME_WORKSPACE_UID",
    example: "your-workspace-uid",
    meaning: "Uid of the workspace, where the secret is a token of the whole company.",
    default: "not set",
  },
  {
    name: "RUNLENS_STORE",
    example: ":memory:",
    meaning: "Folder of the store, or :memory: to keep nothing.",
    default: "the user's cache folder",
  },
  {
    name: "RUNLENS_CONFIG",
    example: "/path/to/runlens.yml",
    meaning: "Config file with several sources.",
    default: "./runlens.yml, ./runlens.yaml or ./runlens.json, where there is one",
    path: "file",
  },
  {
    name: "RUNLENS_KEYS",
    example: "/path/to/keys.yml",
    meaning: "File of the API keys that `runlens serve` takes; docs/http.md says how to make one.",
    default: "not set; everybody on this machine may ask, and nobody else",
    only: "serve",
  },
  {
    name: "RUNLENS_PUBLIC_URL",
    example: "https://runlens.example.com",
    meaning: "Address by which callers know `runlens serve`, e.g. that of a proxy before it.",
    default: "not set; it answers to the address that it listens at",
    only: "serve",
  },
  {
    name: "RUNLENS_AUDIT",
    example: "/var/log/runlens/audit.jsonl",
    meaning: "File of the audit log of `runlens serve`, one line of JSON per call.",
    default: "stderr",
    only: "serve",
  },
  {
    name: "RUNLENS_OAUTH_ISSUER",
    example: "https://login.example.com",
    meaning:
      "Authorization server whose tokens `runlens serve` takes; RUNLENS_PUBLIC_URL is needed beside it.",
    default: "not set; no tokens are taken",
    only: "serve",
  },
  {
    name: "RUNLENS_OAUTH_AUDIENCE",
    example: "https://runlens.example.com/mcp",
    meaning: "Audience that a token has to be made for; several are separated by commas.",
    default: "RUNLENS_PUBLIC_URL with /mcp behind it",
    only: "serve",
  },
  {
    name: "RUNLENS_OAUTH_JWKS_URI",
    example: "https://login.example.com/jwks.json",
    meaning: "Address of the keys of the authorization server.",
    default: "found from its metadata",
    only: "serve",
  },
  {
    name: "RUNLENS_OAUTH_PROJECTS_CLAIM",
    example: "runlens_projects",
    meaning: "Claim of a token with the projects that its bearer may see; * stands for all.",
    default: "runlens_projects",
    only: "serve",
  },
  {
    name: "RUNLENS_OAUTH_PER_MINUTE",
    example: "600",
    meaning: "How many requests a minute each bearer of a token may send.",
    default: "no limit",
    only: "serve",
  },
  {
    name: "DBT_CACHE_TTL",
    example: "300",
    meaning: "Seconds for which facts are fresh.",
    default: "300",
  },
  {
    name: "DBT_ENABLE_CACHING",
    example: "true",
    meaning: "false: every question fetches first.",
    default: "true",
  },
  {
    name: "DBT_DISCOVERY_LOG_LEVEL",
    example: "WARNING",
    meaning: `What is written to stderr: ${LOG_LEVELS.join(", ")}.`,
    default: "WARNING",
  },
] as const satisfies readonly Variable[];
