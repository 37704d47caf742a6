import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonSchema } from "../language-model.ts";

/**
 * A schema as JSON Schema, for models and providers that can be held to one: of zod 4, and of any Standard Schema that can say it.
 * Undefined where it cannot, or says something that JSON Schema cannot.
 */
export function jsonSchemaOf(schema: StandardSchemaV1, name = "answer"): JsonSchema | undefined {
  const standard = schema["~standard"];
  if (!canConvert(standard)) return undefined;
  try {
    const { $schema: _, ...own } = standard.jsonSchema.input({ target: "draft-2020-12" });
    return { name: name.replace(/[^\w-]+/gu, "_"), schema: own };
  } catch {
    return undefined;
  }
}

function canConvert(standard: StandardSchemaV1.Props): standard is StandardSchemaV1.Props & StandardJSONSchemaV1.Props {
  return "jsonSchema" in standard;
}

/**
 * How an answer of a schema begins, through its first key: `{"name": "` for a string, `{"inches":` for anything else, since no
 * tokenizer likes a text that ends in a space. Undefined for a schema that is of no object with a first key.
 */
export function beginningOf({ schema }: JsonSchema): string | undefined {
  const { properties, required } = schema;
  if (typeof properties !== "object" || properties === null) return undefined;
  const [first] = Object.entries(properties);
  if (first === undefined || !Array.isArray(required) || !required.includes(first[0])) return undefined;
  const [key, own] = first;
  const isText = typeof own === "object" && own !== null && "type" in own && own.type === "string";
  return `{${JSON.stringify(key)}:${isText ? ' "' : ""}`;
}
