import { isCollection, isNode, isSeq, parseDocument, type YAMLSeq } from "yaml";
import { PreceptError } from "../errors.ts";
import type { PrincipleDraft } from "./constitution.ts";
import { canonicalPrinciple, createConstitution } from "./create.ts";
import { formatPrinciples, plainPrinciple, writeDocument } from "./format.ts";
import { parseConstitution } from "./parse.ts";

/**
 * The text of a constitution's file with principles added behind the last one; everything else stays as it is, comments
 * and layout too. @throws ConstitutionInvalid when the file or an added principle is faulty; PreceptError input-invalid for
 * a layout that cannot be added to.
 */
export function appendPrinciples(yaml: string, added: readonly PrincipleDraft[], file?: string): string {
  const options = file === undefined ? { allowEmpty: true } : { file, allowEmpty: true };
  const before = parseConstitution(yaml, options);
  const expected = createConstitution({ ...before, principles: [...before.principles, ...added] });
  const text = insert(yaml, added);
  if (parseConstitution(text, options).hash === expected.hash) return text;
  throw new PreceptError("input-invalid", {
    attempted: `Adding to ${file ?? "a constitution"}`,
    found: "a layout of the list that cannot be added to without changing what it says",
    expected: "principles as a list with a dash for each",
    remedy: "write the principle into the file by hand",
  });
}

function insert(yaml: string, added: readonly PrincipleDraft[]): string {
  const document = parseDocument(yaml);
  const list = document.get("principles");
  const last = isSeq(list) && list.flow !== true ? endOfLast(list) : undefined;
  if (!isSeq(list) || last === undefined) {
    const items = isSeq(list) ? list.toJSON() : [];
    const all = [...items, ...added.map((one) => plainPrinciple(canonicalPrinciple(one)))];
    document.set("principles", document.createNode(all));
    return writeDocument(document);
  }
  const newline = yaml.includes("\r\n") ? "\r\n" : "\n";
  const start = list.range?.[0] ?? 0;
  const indent = " ".repeat(start - (yaml.lastIndexOf("\n", start - 1) + 1));
  const isAiry =
    list.items.length < 2 || list.items.slice(1).some((item) => isCollection(item) && item.spaceBefore === true);
  const text = formatPrinciples(added.map(canonicalPrinciple), indent, isAiry).replaceAll("\n", newline);
  const end = yaml.indexOf("\n", last - 1);
  const [head, tail] = end < 0 ? [`${yaml}${newline}`, ""] : [yaml.slice(0, end + 1), yaml.slice(end + 1)];
  return `${head}${isAiry ? newline : ""}${text}${tail}`;
}

/** Where the last item's value ends; undefined for a list without items. */
function endOfLast(list: YAMLSeq): number | undefined {
  const item = list.items.at(-1);
  return isNode(item) ? item.range?.[1] : undefined;
}
