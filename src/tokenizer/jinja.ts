import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { keywordsOf, pythonMethods, pythonText } from "./python-text.ts";

/** A value of the template's, as the library has it; its own declarations do not resolve from an ES module. */
interface Value {
  readonly type: string;
  readonly value?: unknown;
  toString(): string;
}

const Library: new (
  environment: unknown,
) => {
  run(program: unknown): Value;
  evaluate(node: unknown, environment: unknown): Value;
} = Interpreter;

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

/**
 * A template by @huggingface/jinja 0.5, told to do as Python does where that library does not: methods of strings with
 * their arguments, code points in place of UTF-16 units, `==` between types, the sign of `%`, values as Python writes
 * them (`True`, `None`), and an error where something undefined is looked into. No other engine on npm is nearer:
 * minijinja-js sorts the keys of dictionaries and knows neither `break` nor `continue`, nunjucks has other string methods.
 * @throws SyntaxError
 */
export function compileJinja(source: string): (variables: Readonly<Record<string, unknown>>) => string {
  // The settings that transformers compiles chat templates with.
  const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  const written = new Set<unknown>();
  collectWritten(program, written);
  return (variables) => {
    const environment = new Environment();
    for (const [name, value] of Object.entries({ ...globals, ...variables })) environment.set(name, value);
    return String(new PythonInterpreter(environment, written).run(program).value);
  };
}

const globals = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  raise_exception(message: unknown): never {
    throw new Error(String(message));
  },
  range(...bounds: readonly number[]): number[] {
    const [from = 0, to = 0, step = 1] = bounds.length === 1 ? [0, ...bounds] : bounds;
    if (step === 0) throw new Error("range() with a step of 0");
    return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, place) => from + place * step);
  },
};

/** Expressions that stand for themselves in a block, `{{ … }}`: their values are written. */
function collectWritten(node: unknown, written: Set<unknown>): void {
  if (typeof node !== "object" || node === null) return;
  if (node instanceof Map) for (const pair of node) collectWritten(pair, written);
  for (const [name, child] of Object.entries(node)) {
    if (Array.isArray(child) && ["body", "alternate", "defaultBlock"].includes(name))
      for (const one of child) written.add(one);
    collectWritten(child, written);
  }
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value;
const isPlain = (node: unknown, type: string): node is Node => isNode(node) && node.type === type;
const statements = new Set([
  "Set",
  "If",
  "For",
  "Macro",
  "CallStatement",
  "FilterStatement",
  "Comment",
  "Break",
  "Continue",
]);

class PythonInterpreter extends Library {
  readonly #written: ReadonlySet<unknown>;

  constructor(environment: unknown, written: ReadonlySet<unknown>) {
    super(environment);
    this.#written = written;
  }

  override evaluate(node: unknown, environment: unknown): Value {
    const departure = isNode(node) ? departures[node.type] : undefined;
    const found = departure?.(node as Node, (child) => this.evaluate(child, environment)) ?? node;
    const value = isRead(found) ? found.value : super.evaluate(found, environment);
    const isShown = this.#written.has(node) && value.type !== "StringValue" && !statements.has((node as Node).type);
    return isShown ? toValue(textOf(value)) : value;
  }
}

/** An expression whose value is known. */
interface Read extends Node {
  readonly type: "Read";
  readonly value: Value;
}
const isRead = (node: unknown): node is Read => isPlain(node, "Read");
const asRead = (value: Value): Read => ({ type: "Read", value });

type Reader = (child: unknown) => Value;

/** Where Python does something else than the library: the value, or what the library is to evaluate, each part once. */
const departures: Readonly<Record<string, (node: Node, read: Reader) => Node>> = {
  Read: (node) => node,
  CallExpression: callMethod,
  MemberExpression: readMember,
  FilterExpression: applyFilter,
  BinaryExpression: combine,
};

const nameOf = (node: unknown): string => (isNode(node) && typeof node["value"] === "string" ? node["value"] : "");

/** A method of a string. */
function callMethod(node: Node, read: Reader): Node {
  const { callee, args } = node;
  if (isPlain(callee, "Identifier") && read(callee).type === "UndefinedValue")
    throw new Error(`${nameOf(callee)}() is called, and there is no such function`);
  if (!isPlain(callee, "MemberExpression") || callee["computed"] === true) return node;
  const object = read(callee["object"]);
  if (object.type !== "StringValue") return { ...node, callee: { ...callee, object: asRead(object) } };
  const name = nameOf(callee["property"]);
  const method = Object.hasOwn(pythonMethods, name) ? pythonMethods[name] : undefined;
  if (method === undefined) throw new Error(`the string method ${name}() is called, which is not supported`);
  const given: unknown[] = [];
  for (const arg of Array.isArray(args) ? args : []) {
    if (!isPlain(arg, "KeywordArgumentExpression")) {
      given.push(toPlain(read(arg)));
      continue;
    }
    const place = (keywordsOf[name] ?? []).indexOf(nameOf(arg["key"]));
    if (place === -1) throw new Error(`${name}() is given ${nameOf(arg["key"])}=, which is not supported`);
    given[place] = toPlain(read(arg["value"]));
  }
  return asRead(toValue(method(String(object.value), ...given)));
}

/** A character by its place, and an error for what is undefined. */
function readMember(node: Node, read: Reader): Node {
  const { property, computed } = node;
  const object = read(node["object"]);
  if (object.type === "UndefinedValue")
    throw new Error(`${nameOf(node["object"]) || "a value"} is undefined, and the template looks into it`);
  const whole = { ...node, object: asRead(object) };
  if (object.type !== "StringValue" || computed !== true || isPlain(property, "SliceExpression")) return whole;
  const place = read(property);
  if (place.type !== "IntegerValue") return { ...whole, property: asRead(place) };
  return asRead(toValue([...String(object.value)].at(Number(place.value))));
}

function applyFilter(node: Node, read: Reader): Node {
  const { filter } = node;
  const operand = read(node["operand"]);
  const isCall = isPlain(filter, "CallExpression");
  const name = nameOf(isCall ? filter["callee"] : filter);
  if (name === "string") return asRead(toValue(textOf(operand)));
  if (operand.type === "StringValue") {
    const text = String(operand.value);
    const args = isCall && Array.isArray(filter["args"]) ? filter["args"].map((arg) => toPlain(read(arg))) : [];
    if (name === "length" || name === "count") return asRead(toValue([...text].length));
    if (name === "trim") return asRead(toValue(pythonMethods["strip"]?.(text, ...args)));
    if (name === "title" || name === "capitalize") return asRead(toValue(pythonMethods[name]?.(text)));
  }
  return { ...node, operand: asRead(operand) };
}

/** Operators that JavaScript and Python differ in. */
function combine(node: Node, read: Reader): Node {
  const operator = nameOf(node["operator"]);
  if (!["~", "==", "!=", "%"].includes(operator)) return node;
  const [left, right] = [read(node["left"]), read(node["right"])];
  if (operator === "~") return asRead(toValue(textOf(left) + textOf(right)));
  if (operator !== "%") return asRead(toValue(isEqual(left, right) === (operator === "==")));
  if (left.type !== "IntegerValue" || right.type !== "IntegerValue" || Number(right.value) === 0)
    return { ...node, left: asRead(left), right: asRead(right) };
  const [dividend, divisor] = [Number(left.value), Number(right.value)];
  return asRead(toValue(((dividend % divisor) + divisor) % divisor));
}

function isEqual(left: Value, right: Value): boolean {
  const kind = ({ type }: Value): string =>
    /Integer|Float|Boolean/.test(type) ? "number" : type.replace("Tuple", "Array");
  if (kind(left) !== kind(right)) return false;
  return kind(left) === "number" ? Number(left.value) === Number(right.value) : textOf(left) === textOf(right);
}

/** A value of JavaScript's for a value of the template's. */
function toPlain(value: Value): unknown {
  if (value.type === "NullValue") return null;
  const inner: unknown = value.value;
  if (Array.isArray(inner)) return inner.map(toPlain);
  if (inner instanceof Map) return Object.fromEntries([...inner].map(([key, one]) => [key, toPlain(one)]));
  return inner;
}

/** Numbers keep the library's own way: 1.0 is not 1. */
const textOf = (value: Value): string => (value.type === "FloatValue" ? value.toString() : pythonText(toPlain(value)));

const toValue = (value: unknown): Value => new Environment().set("value", value);
