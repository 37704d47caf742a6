import { parseSync } from "vite";
import type { SourceFile } from "./architecture.ts";

/** A function, a method, or a variable that holds one: what it is called, and how many parameters it takes. */
export interface NamedFunction {
  readonly name: string;
  readonly parameters: number;
}

/** Functions with more than `limit` parameters, as one sentence each. */
export function longParameterLists(files: readonly SourceFile[], limit = 5): string[] {
  return files.flatMap(({ path, text }) =>
    functionsOf(path, text)
      .filter(({ parameters }) => parameters > limit)
      .map(({ name, parameters }) => `${path}: ${name} takes ${parameters} parameters`),
  );
}

/** Functions that are called by a participle or an adjective, as one sentence each. */
export function namesThatAreNoVerbs(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    functionsOf(path, text)
      .filter(({ name }) => isParticiple(name) || adjectives.has(name))
      .map(({ name }) => `${path}: ${name}`),
  );
}

/** `asked`, `torn`, `lockedBy`, `optionNamed`; not `embed`, `isNamed`, `checkInterrupted`, `pairedDifference`. */
function isParticiple(name: string): boolean {
  const [, word] = /^([a-z]+)(?:(?:By|At|As|In|Of|On|Only|With|From|Within)(?:[A-Z]\w*)?)?$/.exec(name) ?? [];
  if (word !== undefined)
    return (word.endsWith("ed") && !verbsInEd.has(word)) || irregular.has(word.replace(/^un/, ""));
  return /^(?!is|has|are|read|find)[a-z]+Named$/.test(name);
}

const listOf = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

const verbsInEd = listOf("add bed bleed breed embed exceed feed heed need proceed seed shed speed succeed wed");

const irregular = listOf(
  `asleep begun bent bought bound broken brought built caught chosen clung dealt done drawn driven eaten fallen fed felt flown
  forgotten found fought frozen given gone grown heard held hidden hung kept known laid left lent lit lost made meant met paid
  proven risen said sent shaken shot shown shrunk shrunken slept sold sought spent spoken spun stolen stood stuck struck sunk
  swept sworn taken taught thrown told torn understood woken won worn woven written`,
);

const adjectives = listOf(
  `absent alike alone best biggest canonical commonest comparable corrupt earliest empty even exact faulty few final fine
  finite first fitting flat fresh good greatest hanging highest invalid largest last latest least legal longest
  lowest missing nearest newest nonempty odd oldest opposite optional other own plain positional possible ready same short
  shortest similar smallest streaming unique unreachable unreadable usable valid whole wide wider wrong`,
);

/** Every function with a name that stands anywhere in a file; accessors are none. */
export function functionsOf(path: string, text: string): NamedFunction[] {
  const found: NamedFunction[] = [];
  const add = (named: unknown, written: unknown): void => {
    if (!isNode(named) || typeof named["name"] !== "string" || !isNode(written)) return;
    const { type, params } = written;
    const isFunction = /Function|Signature/.test(String(type));
    if (isFunction && Array.isArray(params)) found.push({ name: named["name"], parameters: params.length });
  };
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (!isNode(node)) return;
    const { type, id, init, key, kind, value } = node;
    if (type === "FunctionDeclaration" || type === "TSDeclareFunction") add(id, node);
    else if (type === "VariableDeclarator") add(id, init);
    else if (type === "MethodDefinition" && kind !== "get") add(key, value);
    else if (type === "PropertyDefinition" || type === "Property") add(key, value);
    else if (type === "TSMethodSignature") add(key, node);
    Object.values(node).forEach(visit);
  };
  visit(parseSync(path, text).program.body);
  return found;
}

function isNode(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
