import { Document, isMap, isScalar, isSeq, visit } from "yaml";
import { omitUndefined } from "../omit-undefined.ts";
import type { Constitution, Principle } from "./constitution.ts";

/** Writes a constitution as YAML that parses back to the same value and hash. Comments of an original are not kept. */
export function formatConstitution(constitution: Constitution): string {
  const { name, source, preamble, principles } = constitution;
  const document = new Document({
    name,
    source,
    preamble,
    principles: principles.map(plainPrinciple),
  });
  visit(document, {
    Scalar(key, node) {
      if (key !== "key" && typeof node.value === "string" && node.value.includes("\n")) node.type = "BLOCK_LITERAL";
    },
    Pair(_, pair) {
      const tags = isScalar(pair.key) && pair.key.value === "tags" && isSeq(pair.value);
      if (tags && isSeq(pair.value)) pair.value.flow = true;
    },
  });
  const list = document.get("principles");
  if (isSeq(list)) {
    for (const item of list.items.slice(1)) {
      if (isMap(item)) item.spaceBefore = true;
    }
  }
  return document.toString({ lineWidth: 110, flowCollectionPadding: false });
}

/** A principle without its defaults, keys in reading order. */
export function plainPrinciple(principle: Principle): Record<string, string | number | readonly string[]> {
  const { id, text, critiqueRequest, revisionRequest, comparisonRequest, inverse, source, weight, tags } = principle;
  return omitUndefined({
    id,
    text,
    critiqueRequest,
    revisionRequest,
    comparisonRequest,
    inverse,
    weight: weight === 1 ? undefined : weight,
    tags: tags.length === 0 ? undefined : tags,
    source,
  });
}
