// The operators: every small, plausible mistake that can be made in a source text. Wording is left alone: nothing within a
// thrown error, a string or a type is changed.
import { type ESTree, parseSync, Visitor } from "vite";
import { patternMutations } from "./patterns.ts";

/** One mistake: the characters of the source from `start` to `end` become `replacement`. */
export interface Mutation {
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const swapped = new Map<string, readonly [string, string][]>(
  Object.entries({
    "+": [["arithmetic", "-"]],
    "-": [["arithmetic", "+"]],
    "*": [["arithmetic", "/"]],
    "/": [["arithmetic", "*"]],
    "%": [["arithmetic", "*"]],
    "**": [["arithmetic", "*"]],
    "<": [
      ["boundary", "<="],
      ["comparison", ">="],
    ],
    "<=": [
      ["boundary", "<"],
      ["comparison", ">"],
    ],
    ">": [
      ["boundary", ">="],
      ["comparison", "<="],
    ],
    ">=": [
      ["boundary", ">"],
      ["comparison", "<"],
    ],
    "===": [["comparison", "!=="]],
    "!==": [["comparison", "==="]],
    "&&": [["logic", "||"]],
    "||": [["logic", "&&"]],
    "??": [["default", "||"]],
    "+=": [["arithmetic", "-="]],
    "-=": [["arithmetic", "+="]],
    "*=": [["arithmetic", "/="]],
    "/=": [["arithmetic", "*="]],
    "++": [["arithmetic", "--"]],
    "--": [["arithmetic", "++"]],
  }),
);

const opposites = new Map(
  Object.entries({
    min: "max",
    max: "min",
    floor: "ceil",
    ceil: "floor",
    some: "every",
    every: "some",
    startsWith: "endsWith",
    endsWith: "startsWith",
  }),
);

/** Calls whose loss leaves the value of the same kind. */
const droppable: ReadonlySet<string> = new Set([
  "filter",
  "reverse",
  "slice",
  "sort",
  "toLowerCase",
  "toReversed",
  "toSorted",
  "trim",
  "trimEnd",
  "trimStart",
]);

/** Every mutation of a TypeScript source, in the order of the text. @throws Error where it does not parse. */
export function mutationsOf(path: string, text: string): Mutation[] {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const found: Mutation[] = [];
  const worded: Span[] = [];
  const returns: (string | undefined)[] = [];
  const code = ({ start, end }: Span): string => text.slice(start, end);
  const add = (operator: string, { start, end }: Span, replacement: string): void => {
    found.push({ operator, start, end, replacement });
  };
  const swap = (operator: string, left: number, right: number): void => {
    const start = text.indexOf(operator, left);
    if (start < 0 || start >= right) return;
    for (const [name, other] of swapped.get(operator) ?? []) add(name, { start, end: start + operator.length }, other);
  };
  const enter = (node: ESTree.Function | ESTree.ArrowFunctionExpression): void => {
    returns.push(node.returnType ? code(node.returnType.typeAnnotation) : undefined);
    if (node.type === "ArrowFunctionExpression" && node.expression && node.body !== null) returned(node.body);
  };
  const returned = (value: Span): void => {
    const other = otherValue(returns.at(-1), code(value));
    if (other !== undefined) add("return value", value, other);
  };
  const leave = (): void => void returns.pop();
  const negate = (test: ESTree.Expression): void => {
    const isNegatedBelow =
      test.type === "UnaryExpression" || (test.type === "BinaryExpression" && swapped.has(test.operator));
    if (!isNegatedBelow) add("condition", test, `!(${code(test)})`);
  };

  new Visitor({
    FunctionDeclaration: enter,
    "FunctionDeclaration:exit": leave,
    FunctionExpression: enter,
    "FunctionExpression:exit": leave,
    ArrowFunctionExpression: enter,
    "ArrowFunctionExpression:exit": leave,
    ReturnStatement: ({ argument }) => argument !== null && returned(argument),
    TSLiteralType: (node) => void worded.push(node),
    NewExpression: (node) => void (/Error$/.test(code(node.callee)) && worded.push(node)),
    BinaryExpression: ({ left, right, operator }) => {
      if (operator !== "+" || !(isText(left) || isText(right))) swap(operator, left.end, right.start);
    },
    LogicalExpression: ({ left, right, operator }) => {
      if (operator !== "??" || !isSameForFalsy(right)) swap(operator, left.end, right.start);
      if (operator === "??") add("default", { start: left.start, end: right.end }, `(${code(right)})`);
    },
    AssignmentExpression: ({ left, right, operator }) => {
      if (operator !== "+=" || !isText(right)) swap(operator, left.end, right.start);
    },
    UpdateExpression: ({ start, end, operator }) => swap(operator, start, end),
    UnaryExpression: (node) => {
      if (node.operator === "-") add("arithmetic", node, `+${code(node.argument)}`);
      if (node.operator === "!") add("condition", node, `(${code(node.argument)})`);
    },
    IfStatement: ({ test }) => {
      negate(test);
      add("condition", test, "false");
    },
    WhileStatement: ({ test }) => add("condition", test, "false"),
    ConditionalExpression: ({ test }) => negate(test),
    Literal: (node) => {
      if (typeof node.value === "boolean") add("literal", node, `${!node.value}`);
      if (typeof node.value === "number") for (const other of nearNumbers(node.value)) add("literal", node, other);
      if ("regex" in node) for (const other of patternMutations(node.regex)) add("pattern", node, other);
    },
    CallExpression: (node) => {
      const { callee } = node;
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
      const { name } = callee.property;
      const opposite = opposites.get(name);
      if (opposite !== undefined) add("call", callee.property, opposite);
      if (droppable.has(name)) add("call", node, code(callee.object));
    },
    ExpressionStatement: (node) => {
      if (!("directive" in node) || node.directive === null || node.directive === undefined)
        add("statement", node, ";");
    },
    ThrowStatement: (node) => {
      add("statement", node, ";");
      worded.push(node.argument);
    },
    BreakStatement: (node) => add("statement", node, ";"),
    ContinueStatement: (node) => add("statement", node, ";"),
  }).visit(program);
  const isWording = (one: Mutation): boolean => worded.some(({ start, end }) => start <= one.start && one.end <= end);
  return found.filter((one) => !isWording(one)).sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The text with one mutation made. */
export function mutated(text: string, { start, end, replacement }: Mutation): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** A sum with text in it joins; only numbers can be taken away. */
function isText(node: ESTree.Expression | ESTree.PrivateIdentifier): boolean {
  if (node.type === "TemplateLiteral") return true;
  if (node.type === "Literal") return typeof node.value === "string";
  return node.type === "BinaryExpression" && node.operator === "+" && (isText(node.left) || isText(node.right));
}

/** A default that stands for a falsy value as well: an object's place holds nothing falsy, and 0 for 0 is no change. */
function isSameForFalsy(node: ESTree.Expression): boolean {
  if (node.type === "Literal") return !node.value;
  return ["ArrayExpression", "ArrowFunctionExpression", "NewExpression", "ObjectExpression"].includes(node.type);
}

/** One more, and one less where that is not below 0. */
function nearNumbers(value: number): string[] {
  return value >= 1 ? [`${value + 1}`, `${value - 1}`] : [`${value + 1}`];
}

/** Another value of the type that a function says it returns; undefined where the type says too little. */
function otherValue(type: string | undefined, value: string): string | undefined {
  const other = otherOf(type, value);
  return other === value ? undefined : other;
}

function otherOf(type: string | undefined, value: string): string | undefined {
  if (type === undefined) return undefined;
  if (/^boolean$|^asserts |^\w+ is /.test(type)) return /^(true|false)$/.test(value) ? undefined : `!(${value})`;
  if (type === "number") return /^[\d.]+$/.test(value) ? undefined : `((${value}) + 1)`;
  if (type === "string") return '""';
  if (/\[\]$/.test(type)) return "[]";
  return /\| undefined$/.test(type) ? "undefined" : undefined;
}
