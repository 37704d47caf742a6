import { Document, isMap, isScalar, isSeq, visit, type YAMLSeq } from "yaml";
import { omitUndefined } from "../omit-undefined.ts";
import type { Constitution, Demonstration, Principle } from "./constitution.ts";

/** The first line of a file by which an editor finds the schema, for a project that has precept in its node_modules. */
export function schemaLine(toProject = "./"): string {
  return `# yaml-language-server: $schema=${toProject}node_modules/precept/schemas/precept.constitution.schema.json`;
}

/** Writes a constitution as YAML that parses back to the same value and hash. Comments of an original are not kept. */
export function formatConstitution(constitution: Constitution): string {
  const { name, source, preamble, principles } = constitution;
  const document = new Document({
    name,
    source,
    preamble,
    principles: principles.map(plainPrinciple),
  });
  return writeDocument(document);
}

/** A constitution's document as a person would lay it out. */
export function writeDocument(document: Document): string {
  layOut(document);
  const list = document.get("principles");
  if (isSeq(list)) separate(list);
  return document.toString(width);
}

/** Principles as the items of a block list, indented by `indent`, with blank lines between them where `isAiry`. */
export function formatPrinciples(principles: readonly Principle[], indent: string, isAiry: boolean): string {
  const document = new Document({ principles: principles.map(plainPrinciple) });
  layOut(document);
  const list = document.get("principles");
  if (isAiry && isSeq(list)) separate(list);
  const [, ...lines] = document.toString(width).split("\n");
  return lines.map((line) => line.replace(/^ {2}/, indent)).join("\n");
}

const width = { lineWidth: 110, flowCollectionPadding: false };

/** Texts of several paragraphs as blocks, tags on one line. */
function layOut(document: Document): void {
  visit(document, {
    Scalar(key, node) {
      if (key !== "key" && typeof node.value === "string" && node.value.includes("\n")) node.type = "BLOCK_LITERAL";
    },
    Pair(_, pair) {
      const tags = isScalar(pair.key) && pair.key.value === "tags" && isSeq(pair.value);
      if (tags && isSeq(pair.value)) pair.value.flow = true;
    },
  });
}

function separate({ items }: YAMLSeq): void {
  for (const item of items.slice(1)) {
    if (isMap(item)) item.spaceBefore = true;
  }
}

/** A principle without its defaults, keys in reading order. */
export function plainPrinciple(
  principle: Principle,
): Record<string, string | number | readonly (string | Demonstration)[]> {
  const { id, text, critiqueRequest, revisionRequest, comparisonRequest, inverse } = principle;
  const { positive, negative, demonstrations, appliesTo, source, weight, tags } = principle;
  return omitUndefined({
    id,
    text,
    critiqueRequest,
    revisionRequest,
    comparisonRequest,
    inverse,
    positive,
    negative,
    demonstrations,
    appliesTo,
    weight: weight === 1 ? undefined : weight,
    tags: tags.length === 0 ? undefined : tags,
    source,
  });
}
