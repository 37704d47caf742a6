import { dirname, join } from "node:path/posix";

/** One source file: its path from the repository root, with slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

/**
 * Rooms of the house, and which rooms each may import through their index.ts; "type:ROOM" allows types alone. A room within
 * a room ("models/local") may import what is listed for it beside what its house may.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  storage: [],
  reading: [],
  progress: [],
  statistics: [],
  charts: [],
  tensor: [],
  tokenizer: [],
  constitution: ["storage"],
  runs: ["storage", "progress", "records"],
  review: ["storage", "runs"],
  records: ["constitution", "storage"],
  grammar: ["tokenizer"],
  transformer: ["grammar", "tensor", "tokenizer", "storage"],
  hub: ["storage"],
  models: ["hub", "storage"],
  "models/local": ["grammar", "tensor", "transformer", "tokenizer"],
  spending: ["models", "storage"],
  serving: ["models", "progress", "type:records"],
  "serving/local": ["grammar", "hub", "storage", "tensor", "transformer", "tokenizer"],
  feedback: ["records", "constitution"],
  guard: ["constitution", "models", "feedback", "records", "runs", "spending", "statistics", "storage"],
  "guard/local": ["transformer", "tokenizer"],
  drafting: ["constitution", "models", "steering", "spending", "runs", "records", "storage", "progress"],
  training: ["records", "constitution", "storage"],
  "training/local": ["transformer", "tensor", "tokenizer", "hub"],
  "training/engines": ["models", "transformer"],
  "training/losses": ["transformer", "tensor"],
  evaluation: [
    "statistics",
    "feedback",
    "records",
    "constitution",
    "models",
    "hub",
    "storage",
    "runs",
    "progress",
    "spending",
  ],
  stages: [
    "guard",
    "evaluation",
    "statistics",
    "feedback",
    "training",
    "runs",
    "records",
    "models",
    "constitution",
    "storage",
    "progress",
  ],
  redteam: [
    "constitution",
    "models",
    "records",
    "evaluation",
    "runs",
    "statistics",
    "storage",
    "progress",
    "type:feedback",
  ],
  worlds: [
    "constitution",
    "type:collective",
    "type:feedback",
    "type:records",
    "type:evaluation",
    "type:oversight",
    "type:redteam",
    "type:training",
  ],
  inside: ["statistics", "storage"],
  oversight: [
    "constitution",
    "evaluation",
    "feedback",
    "models",
    "progress",
    "records",
    "runs",
    "statistics",
    "storage",
    "training",
  ],
  interpretability: ["transformer", "tensor", "tokenizer", "storage", "progress", "statistics"],
  project: ["*"],
  report: [
    "charts",
    "collective",
    "guard",
    "inside",
    "oversight",
    "redteam",
    "evaluation",
    "feedback",
    "training",
    "statistics",
    "records",
    "runs",
    "constitution",
    "spending",
    "storage",
    "progress",
  ],
  attribution: [
    "feedback",
    "progress",
    "records",
    "runs",
    "statistics",
    "storage",
    "tensor",
    "training",
    "transformer",
  ],
  steering: ["grammar", "models", "records", "runs", "storage", "statistics", "progress"],
  retrieval: ["models", "records", "steering", "storage"],
  collective: ["statistics", "storage"],
  "collective/store": ["tensor"],
  "collective/drafting": ["constitution", "drafting", "models", "progress", "records", "runs"],
  "collective/site": ["constitution", "report", "tensor"],
  view: [
    "type:charts",
    "collective",
    "guard",
    "inside",
    "oversight",
    "review",
    "report",
    "redteam",
    "evaluation",
    "feedback",
    "training",
    "statistics",
    "records",
    "runs",
    "constitution",
    "spending",
    "storage",
  ],
  cli: ["*"],
  index: ["*"],
};

/** Files beside the rooms: no room of their own, open to all. */
export const everybodyMayImport: readonly string[] = [
  "errors",
  "rng",
  "limit-body",
  "listening",
  "nearest",
  "omit-undefined",
  "optional-package",
  "reading",
  "language-model",
];

/** Every import of `files` that goes against `mayImport`, as one sentence each. */
export function wrongImports(files: readonly SourceFile[]): string[] {
  const faults: string[] = [];
  for (const file of files) {
    const allowed = allowedFor(roomPath(file.path));
    if (allowed === undefined) {
      faults.push(`${file.path} stands in a room that mayImport does not know`);
      continue;
    }
    const room = roomOf(file.path);
    for (const { specifier, isTypeOnly } of importsOf(file.text)) {
      if (!specifier.startsWith(".")) continue;
      const target = join(dirname(file.path), specifier);
      const targetRoom = roomOf(target);
      if (targetRoom === room || everybodyMayImport.includes(targetRoom)) continue;
      const isAllowed = ["*", targetRoom, ...(isTypeOnly ? [`type:${targetRoom}`] : [])].some((it) =>
        allowed.includes(it),
      );
      const what = `${file.path} imports ${isTypeOnly ? "types of " : ""}${target}`;
      if (!isAllowed) faults.push(`${what}: ${room} may not import ${targetRoom}`);
      else if (!target.endsWith("/index.ts")) faults.push(`${what}: a room is entered through its index.ts`);
    }
  }
  return faults;
}

/** The circles of imports among `files`, types included: each as its files, the least name first. */
export function circles(files: readonly SourceFile[]): string[][] {
  const targets = new Map(
    files.map(({ path, text }) => [path, importsOf(text).map(({ specifier }) => join(dirname(path), specifier))]),
  );
  // Tarjan 1972: strongly connected components.
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (path: string): void => {
    const number = order.size;
    order.set(path, number);
    lowest.set(path, number);
    stack.push(path);
    for (const target of targets.get(path) ?? []) {
      if (!targets.has(target)) continue;
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(path, Math.min(lowest.get(path) ?? 0, lowest.get(target) ?? 0));
    }
    if (lowest.get(path) !== number) return;
    const members = stack.splice(stack.indexOf(path));
    if (members.length > 1 || targets.get(path)?.includes(path)) found.push(members.sort());
  };
  for (const path of targets.keys()) if (!order.has(path)) visit(path);
  return found;
}

/** What the house forbids in a source file, whoever imports it, as one sentence each. */
export function forbidden(files: readonly SourceFile[]): string[] {
  const faults: string[] = [];
  for (const { path, text } of files) {
    const code = blank(text);
    const rules: readonly [boolean, string][] = [
      [/(^|[^.\w$])any\b(?!\s*[(:])/.test(code), "the type any"],
      [/@ts-(ignore|expect-error|nocheck)|biome-ignore/.test(text), "a suppression"],
      [/\bexport\s+default\b|\bas\s+default\b/.test(code), "a default export"],
      [/\bMath\s*\.\s*random\b/.test(code), "Math.random (take an Rng)"],
      [/\/(utils?|helpers?|misc|common)\.ts$/.test(path), "a file named for nothing"],
    ];
    for (const [broken, what] of rules) if (broken) faults.push(`${path}: ${what}`);
  }
  return faults;
}

/** Static imports, re-exports, dynamic imports, and files named relative to import.meta.url (workers). */
export function importsOf(text: string): Import[] {
  const code = blankComments(text);
  const found: Import[] = [];
  const statement = /(?:^|[;}\n])\s*(?:import|export)\s+(type\s+)?(?:([\w*$\s{},]+?)\s+from\s+)?["']([^"'\n]+)["']/g;
  for (const [, type, names, specifier] of code.matchAll(statement)) {
    found.push({ specifier: specifier ?? "", isTypeOnly: type !== undefined || areAllTypes(names) });
  }
  for (const [, specifier] of code.matchAll(/\bimport\s*\(\s*["']([^"'\n]+)["']/g)) {
    found.push({ specifier: specifier ?? "", isTypeOnly: false });
  }
  for (const [, specifier] of code.matchAll(/\bnew\s+URL\(\s*["']([^"'\n]+\.ts)["']\s*,\s*import\.meta\.url/g)) {
    found.push({ specifier: specifier ?? "", isTypeOnly: false });
  }
  return found;
}

/** `{ type A, type B }`: the import is erased. */
function areAllTypes(names: string | undefined): boolean {
  const inside = names === undefined ? undefined : /^\{([^}]*)\}$/.exec(names.trim())?.[1];
  if (inside === undefined) return false;
  const parts = inside
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return parts.length > 0 && parts.every((part) => part.startsWith("type "));
}

/** src/models/local.ts → models/local; src/training/local/x.ts → training/local/x; src/errors.ts → errors. */
function roomPath(path: string): string {
  return path.replace(/^src\//, "").replace(/\.ts$/, "");
}

export function roomOf(path: string): string {
  return roomPath(path).split("/")[0] ?? "";
}

/** What a room may import, with what its ancestors may. */
function allowedFor(path: string): readonly string[] | undefined {
  const parts = path.split("/");
  if (everybodyMayImport.includes(parts[0] ?? "")) return [];
  if (mayImport[parts[0] ?? ""] === undefined) return undefined;
  return parts.flatMap((_, i) => mayImport[parts.slice(0, i + 1).join("/")] ?? []);
}

/** The text with comments, strings and templates blanked, so that only code is left to look at. */
function blank(text: string): string {
  return text.replace(tokens, (match) => (isComment(match) ? " " : '""'));
}

function blankComments(text: string): string {
  return text.replace(tokens, (match) => (isComment(match) ? " " : match.startsWith("`") ? '""' : match));
}

const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;

function isComment(match: string): boolean {
  return match.startsWith("/*") || match.startsWith("//");
}
