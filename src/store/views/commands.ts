/** What a command builds or tests, in SQL: jobs have commands as people type them, invocations in normal form. */

const WORD = "'^dbt\\S*(?: -\\S+(?: [^- ]\\S*)??)*? (build|run|test|seed|snapshot)(?: |$)'";
const FLAGS = [
  "selector",
  "select",
  "models?",
  "exclude-resource-types?",
  "exclude",
  "resource-types?",
  "empty",
  "sample",
].join("|");
const LIMITS = `' (?:-s|-m|--(?:${FLAGS}))((?:[ =]+[^ =-][^ ]*)*)'`;
/** Flags that may be left out, and stand for what is not said otherwise. */
const PLAIN_FLAGS = "('', '-s', '-m', '--select', '--model', '--models')";

/**
 * The word of the command in `column` with what limits it, whatever the order; null for commands that neither build
 * nor test. The target and what only says how (`--threads`, `--vars`) make no difference.
 */
export function subjectOf(column: string): string {
  const plain = `regexp_replace(${column}, '["'']', '', 'g')`;
  const word = `regexp_extract(${plain}, ${WORD}, 1)`;
  const limits = `replace(array_to_string(regexp_extract_all(${plain}, ${LIMITS}), ' '), '-types', '-type')`;
  const words = `list_filter(regexp_split_to_array(${limits}, '[ =]+'), lambda w: w NOT IN ${PLAIN_FLAGS})`;
  return `CASE WHEN ${word} <> '' THEN ${word} || ' ' || array_to_string(list_sort(list_distinct(${words})), ' ') END`;
}
