import { PreceptError } from "../errors.ts";
import { toUnits } from "./number-range.ts";
import { endless, inPlace, type ReferenceShape, reachable, type Shape } from "./shapes.ts";

/** Decimals of a number that is no integer. */
const DECIMALS = 9;
const MOST_ENTRIES = 100_000;

const annotations = new Set([
  "$schema",
  "$id",
  "$comment",
  "$defs",
  "definitions",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
]);

type Fields = Readonly<Record<string, unknown>>;

/**
 * The part of JSON Schema that an answer can be held to: type (also a list of them), properties, required, items, minItems,
 * maxItems, minLength, maxLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum, enum, const, anyOf, oneOf of objects that a
 * constant member tells apart, and $ref within the schema. Objects get the members that the schema names, in its order, and no others.
 * @throws PreceptError input-invalid for any other keyword, with its place, and for a schema that no finite value fits.
 */
export function compileSchema(schema: Fields): Shape {
  const shape = new Compiler(schema).compile(schema, "#");
  for (const one of reachable(shape)) if (beginsWithItself(one)) throw refuse("#", "a schema that stands for itself");
  if (endless(shape).length > 0) throw refuse("#", "a schema that no finite value fits");
  return shape;
}

class Compiler {
  readonly #root: Fields;
  readonly #references = new Map<string, ReferenceShape["target"]>();
  #next = 0;

  constructor(root: Fields) {
    this.#root = root;
  }

  compile(schema: unknown, place: string): Shape {
    if (!isFields(schema)) throw refuse(place, `${JSON.stringify(schema)} instead of a schema`);
    const { $ref, anyOf, oneOf, enum: values, const: constant, type } = schema;
    if ($ref !== undefined) return this.#refer($ref, schema, place);
    if (anyOf !== undefined) {
      refuseOthers(schema, ["anyOf"], place);
      return this.#union(listOf(anyOf, `${place}/anyOf`), `${place}/anyOf`);
    }
    if (oneOf !== undefined) {
      refuseOthers(schema, ["oneOf"], place);
      const branches = listOf(oneOf, `${place}/oneOf`);
      if (!isToldApart(branches)) throw refuse(`${place}/oneOf`, "alternatives that no constant member tells apart");
      return this.#union(branches, `${place}/oneOf`);
    }
    if ("const" in schema) {
      refuseOthers(schema, ["const", "type"], place);
      return this.#literals([constant], type, place);
    }
    if (values !== undefined) {
      refuseOthers(schema, ["enum", "type"], place);
      return this.#literals(listOf(values, `${place}/enum`), type, place);
    }
    if (Array.isArray(type))
      return this.#union(
        type.map((one: unknown) => fieldsFor(schema, one, place)),
        place,
      );
    return this.#ofType(schema, type, place);
  }

  #ofType(schema: Fields, type: unknown, place: string): Shape {
    refuseOthers(schema, ["type", ...keywordsOf(type, place)], place);
    switch (type) {
      case "object":
        return this.#object(schema, place);
      case "array": {
        if (!("items" in schema)) throw refuse(place, "an array without items");
        const [min, max] = bounds(schema, "Items", place);
        const items = this.compile(schema["items"], `${place}/items`);
        return { kind: "array", id: this.#next++, items, min, max };
      }
      case "string": {
        const [min, max] = bounds(schema, "Length", place);
        return { kind: "string", id: this.#next++, min, max };
      }
      case "boolean":
        return this.#either([this.#literal(true), this.#literal(false)]);
      case "null":
        return this.#literal(null);
      default:
        return this.#number(schema, type === "integer" ? 0 : DECIMALS, place);
    }
  }

  #object(schema: Fields, place: string): Shape {
    const { properties = {}, required = [], additionalProperties = true } = schema;
    if (typeof additionalProperties !== "boolean") throw refuse(`${place}/additionalProperties`, "a schema of its own");
    if (!isFields(properties)) throw refuse(`${place}/properties`, "no map of schemas");
    const needed = listOf(required, `${place}/required`, 0);
    const missing = needed.find((name) => typeof name !== "string" || !Object.hasOwn(properties, name));
    if (missing !== undefined) throw refuse(`${place}/required`, `${String(missing)}, which no property is`);
    if (Object.keys(properties).length === 0 && additionalProperties) throw refuse(place, "an object of any members");
    const id = this.#next++;
    const members = Object.entries(properties).map(([name, own]) => ({
      name: bytesOf(name),
      shape: this.compile(own, `${place}/properties/${name}`),
      isRequired: needed.includes(name),
    }));
    return { kind: "object", id, members };
  }

  #number(schema: Fields, scale: number, place: string): Shape {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
    const limit = 10n ** BigInt(scale) * BigInt(Number.MAX_SAFE_INTEGER);
    let low = -limit;
    let high = limit;
    const raise = (least: bigint): void => {
      if (least > low) low = least;
    };
    const lower = (most: bigint): void => {
      if (most < high) high = most;
    };
    if (minimum !== undefined) raise(toUnits(numberAt(minimum, place), scale, "above"));
    if (maximum !== undefined) lower(toUnits(numberAt(maximum, place), scale, "below"));
    if (exclusiveMinimum !== undefined) raise(toUnits(numberAt(exclusiveMinimum, place), scale, "below") + 1n);
    if (exclusiveMaximum !== undefined) lower(toUnits(numberAt(exclusiveMaximum, place), scale, "above") - 1n);
    const asNumber = (units: bigint): number => Number(`${units}e-${scale}`);
    const isBlurred =
      (exclusiveMinimum !== undefined && asNumber(low) <= numberAt(exclusiveMinimum, place)) ||
      (exclusiveMaximum !== undefined && asNumber(high) >= numberAt(exclusiveMaximum, place));
    if (low > high || isBlurred) throw refuse(place, `bounds between which no number of ${scale} decimals lies`);
    return { kind: "number", id: this.#next++, range: { low, high, scale } };
  }

  #refer($ref: unknown, schema: Fields, place: string): Shape {
    refuseOthers(schema, ["$ref"], place);
    if (typeof $ref !== "string" || !/^#(?:$|\/)/.test($ref)) throw refuse(place, `the reference ${String($ref)}`);
    const known = this.#references.get($ref);
    const target = known ?? { shape: undefined };
    if (known === undefined) {
      this.#references.set($ref, target);
      target.shape = this.compile(this.#find($ref, place), $ref);
    }
    return { kind: "reference", id: this.#next++, target };
  }

  #find($ref: string, place: string): unknown {
    let found: unknown = this.#root;
    for (const part of $ref.split("/").slice(1)) {
      const key = decode(part)?.replaceAll("~1", "/").replaceAll("~0", "~");
      if (key === undefined || !isFields(found) || !Object.hasOwn(found, key))
        throw refuse(place, `the reference ${$ref}, which leads nowhere`);
      found = found[key];
    }
    return found;
  }

  /** Of constants those of the type beside them. */
  #literals(values: readonly unknown[], type: unknown, place: string): Shape {
    const types = type === undefined ? undefined : [type].flat();
    const fitting = values.filter((value) => types === undefined || types.some((one) => isOfType(value, one)));
    if (fitting.length === 0) throw refuse(place, "constants none of which is of the type beside them");
    return this.#either(fitting.map((value) => this.#literal(value)));
  }

  #union(schemas: readonly unknown[], place: string): Shape {
    return this.#either(schemas.map((one, index) => this.compile(one, `${place}/${index}`)));
  }

  #either(shapes: readonly Shape[]): Shape {
    return { kind: "union", id: this.#next++, shapes };
  }

  #literal(value: unknown): Shape {
    return { kind: "literal", id: this.#next++, bytes: bytesOf(value) };
  }
}

const keywords: Readonly<Record<string, readonly string[]>> = {
  object: ["properties", "required", "additionalProperties"],
  array: ["items", "minItems", "maxItems"],
  string: ["minLength", "maxLength"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  boolean: [],
  null: [],
};

function keywordsOf(type: unknown, place: string): readonly string[] {
  const known = typeof type === "string" && Object.hasOwn(keywords, type) ? keywords[type] : undefined;
  if (known !== undefined) return known;
  throw refuse(
    place,
    type === undefined ? "a schema without type, enum, const, anyOf or $ref" : `the type ${String(type)}`,
  );
}

/** The schema with one of its types, and of the keywords those that belong to it. */
function fieldsFor(schema: Fields, type: unknown, place: string): Fields {
  const own = keywordsOf(type, place);
  const others = new Set(Object.values(keywords).flat());
  return {
    ...Object.fromEntries(Object.entries(schema).filter(([key]) => own.includes(key) || !others.has(key))),
    type,
  };
}

function refuseOthers(schema: Fields, known: readonly string[], place: string): void {
  const other = Object.keys(schema).find((key) => !known.includes(key) && !annotations.has(key));
  if (other !== undefined) throw refuse(place, `the keyword ${other}`);
}

function bounds(schema: Fields, what: "Items" | "Length", place: string): [min: number, max: number] {
  const { [`min${what}`]: min = 0, [`max${what}`]: max = Number.POSITIVE_INFINITY } = schema;
  const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) <= MOST_ENTRIES;
  const isFit = isCount(min) && min >= 0 && (isCount(max) || max === Number.POSITIVE_INFINITY) && Number(max) >= min;
  if (!isFit) throw refuse(place, `min${what} ${String(min)} and max${what} ${String(max)}`);
  return [min, Number(max)];
}

function numberAt(value: unknown, place: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw refuse(place, `the bound ${String(value)}`);
}

function listOf(value: unknown, place: string, least = 1): readonly unknown[] {
  if (Array.isArray(value) && value.length >= least) return value;
  throw refuse(place, "no list, or an empty one");
}

/** Whether the alternatives are objects that must have one member in common, a constant that is another in each: then no value fits two. */
function isToldApart(branches: readonly unknown[]): boolean {
  const constants = branches.map((branch): Map<string, string> => {
    if (!isFields(branch) || !isFields(branch["properties"]) || !Array.isArray(branch["required"])) return new Map();
    const { properties, required } = branch;
    return new Map(
      Object.entries(properties).flatMap(([name, own]) =>
        required.includes(name) && isFields(own) && "const" in own ? [[name, JSON.stringify(own["const"])]] : [],
      ),
    );
  });
  const [first = new Map<string, string>()] = constants;
  return [...first.keys()].some(
    (name) =>
      constants.every((own) => own.has(name)) &&
      new Set(constants.map((own) => own.get(name))).size === branches.length,
  );
}

function beginsWithItself(shape: Shape): boolean {
  const seen = new Set<Shape>();
  const waiting = [...inPlace(shape)];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (one === shape) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    waiting.push(...inPlace(one));
  }
  return false;
}

const utf8 = new TextEncoder();
const bytesOf = (value: unknown): Uint8Array => utf8.encode(JSON.stringify(value));

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const refuse = (place: string, found: string): PreceptError =>
  new PreceptError("input-invalid", {
    attempted: "Holding answers to a JSON Schema",
    found: `${found}, at ${place}`,
    expected:
      "type, properties, required, items, minItems, maxItems, minLength, maxLength, minimum, maximum, enum, const, anyOf, $ref within the schema (docs/steering.md)",
    remedy: "say it in these, or ask without the schema and check what comes",
  });

/** undefined for what is no percent-encoding. */
function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return type === "object" ? isFields(value) : typeof value === type;
}
