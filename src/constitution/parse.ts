import { findNearest } from "../nearest.ts";
import {
  type Constitution,
  type Demonstration,
  ID_FORM,
  PRINCIPLE_KINDS,
  type PrincipleDraft,
  type PrincipleKind,
  WORDINGS,
  type Wording,
} from "./constitution.ts";
import { createConstitution } from "./create.ts";
import {
  ConstitutionInvalid,
  type ConstitutionIssue,
  type Fault,
  formatPath,
  type Path,
  type Position,
} from "./issues.ts";
import { canonicalText } from "./text.ts";
import { type Located, readYaml } from "./yaml-tree.ts";

/** How a file is read. */
export interface ParseOptions {
  /** Names the file in faults, and the constitution when it has no `name`. */
  readonly file?: string;
  /** Accept a constitution without principles: the control that trains on nothing. Default false. */
  readonly allowEmpty?: boolean;
}

/** A constitution with the places of its values. */
export interface ParsedConstitution {
  readonly constitution: Constitution;
  /** Where each value stands, by `formatPath`: "principles[3].text". */
  readonly positions: ReadonlyMap<string, Position>;
}

export const CONSTITUTION_KEYS = ["name", "source", "preamble", "principles"] as const;
export const PRINCIPLE_KEYS = ["id", ...WORDINGS, "demonstrations", "appliesTo", "source", "weight", "tags"] as const;

/**
 * Reads a constitution from YAML.
 * @throws ConstitutionInvalid with all faults, each with code, file, line, column and path.
 */
export function parseConstitution(text: string, options: ParseOptions = {}): Constitution {
  return parseWithPositions(text, options).constitution;
}

/** As `parseConstitution`, and says where everything stands, for messages that come later (lint). */
export function parseWithPositions(text: string, options: ParseOptions = {}): ParsedConstitution {
  const { file, allowEmpty = false } = options;
  const tree = readYaml(text);
  const reader = new ConstitutionReader();
  const draft = reader.constitution(tree.root, allowEmpty);
  const { brokenAt } = tree;
  const issues: ConstitutionIssue[] = [
    ...tree.faults.map(({ fault, at }) => ({ ...fault, ...at, path: reader.pathAt(at) })),
    ...reader.issues.filter((issue) => brokenAt === undefined || isBefore(issue, brokenAt)),
  ].map((issue) => (file === undefined ? issue : { ...issue, file }));
  const attempted = `Reading the constitution ${file ?? "from YAML"}`;
  if (issues.length > 0) throw new ConstitutionInvalid(attempted, sortByPlace(issues));
  const constitution = createConstitution({ ...draft, name: draft.name ?? nameOf(file) });
  return { constitution, positions: reader.positions };
}

/** A fault before the place where the grammar broke is real; a value that is "missing" may only be unread. */
function isBefore(issue: ConstitutionIssue, broken: Position): boolean {
  if (issue.code === "missing-key" || issue.code === "empty-list") return false;
  const line = issue.line ?? 0;
  return line < broken.line || (line === broken.line && (issue.column ?? 0) < broken.column);
}

function sortByPlace(issues: readonly ConstitutionIssue[]): ConstitutionIssue[] {
  return [...issues].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function nameOf(file: string | undefined): string {
  const base = file
    ?.split(/[\\/]/)
    .at(-1)
    ?.replace(/\.ya?ml$/i, "");
  return base === undefined || base === "" ? "constitution" : base;
}

interface ReadDraft {
  readonly name?: string | undefined;
  readonly source?: string | undefined;
  readonly preamble?: string | undefined;
  readonly principles: readonly PrincipleDraft[];
}

/** Checks a tree against the format, one method for each level; a fault never hides the next. */
class ConstitutionReader {
  readonly issues: ConstitutionIssue[] = [];
  readonly positions = new Map<string, Position>();
  readonly #paths: { readonly path: Path; readonly at: Position }[] = [];
  readonly #ids = new Map<string, Position>();

  constitution(root: Located, allowEmpty: boolean): ReadDraft {
    const values = this.#map(root, [], CONSTITUTION_KEYS, ["principles"], "a map with the key principles");
    const [name, source, preamble] = (["name", "source", "preamble"] as const).map((key) => {
      const value = values.get(key);
      return value === undefined ? undefined : this.#text(value, [key]);
    });
    const principles = values.get("principles");
    return {
      name,
      source,
      preamble,
      principles: principles === undefined ? [] : this.#principles(principles, allowEmpty),
    };
  }

  /** The deepest value that begins at or before a place: gives a path to a fault of the grammar. */
  pathAt(at: Position): Path {
    let best: Path = [];
    for (const { path, at: start } of this.#paths) {
      if (start.line < at.line || (start.line === at.line && start.column <= at.column)) best = path;
    }
    return best;
  }

  #principles(node: Located, allowEmpty: boolean): PrincipleDraft[] {
    const path: Path = ["principles"];
    if (node.kind === "unusable") return [];
    const empty = node.kind === "list" ? node.items.length === 0 : node.kind === "scalar" && node.value === null;
    if (empty) {
      if (!allowEmpty) this.#report({ code: "empty-list" }, node.at, path);
      return [];
    }
    if (node.kind !== "list") {
      this.#report({ code: "wrong-type", expected: "a list of principles", found: kindOf(node) }, node.at, path);
      return [];
    }
    return node.items.map((item, index) => this.#principle(item, [...path, index]));
  }

  #principle(node: Located, path: Path): PrincipleDraft {
    const values = this.#map(node, path, PRINCIPLE_KEYS, ["id", "text"], "a principle: a map with id and text");
    const id = this.#id(values.get("id"), path);
    const wordings: Partial<Record<Wording | "source", string>> = {};
    for (const key of [...WORDINGS, "source"] as const) {
      const value = values.get(key);
      const text = value === undefined ? undefined : this.#text(value, [...path, key]);
      if (text !== undefined) wordings[key] = text;
    }
    const weight = this.#weight(values.get("weight"), [...path, "weight"]);
    const tags = this.#tags(values.get("tags"), [...path, "tags"]);
    const appliesTo = this.#kind(values.get("appliesTo"), [...path, "appliesTo"]);
    const demonstrations = this.#demonstrations(values.get("demonstrations"), [...path, "demonstrations"]);
    return { ...wordings, id: id ?? "", text: wordings.text ?? "", demonstrations, appliesTo, weight, tags };
  }

  #demonstrations(node: Located | undefined, path: Path): Demonstration[] | undefined {
    if (node === undefined || node.kind === "unusable") return undefined;
    const expected = "a list of answers that follow the principle, each with prompt and response";
    if (node.kind !== "list") {
      this.#report({ code: "wrong-type", expected, found: kindOf(node) }, node.at, path);
      return undefined;
    }
    return node.items.map((item, index): Demonstration => {
      const own = [...path, index];
      const keys = ["prompt", "response"] as const;
      const values = this.#map(item, own, keys, keys, "a map with prompt and response");
      const [prompt = "", response = ""] = keys.map((key) => {
        const value = values.get(key);
        return value === undefined ? undefined : this.#text(value, [...own, key]);
      });
      return { prompt, response };
    });
  }

  #id(node: Located | undefined, path: Path): string | undefined {
    if (node === undefined) return undefined;
    const own = [...path, "id"];
    const id = this.#text(node, own);
    if (id === undefined) return undefined;
    if (!ID_FORM.test(id)) this.#report({ code: "bad-id", id }, node.at, own);
    const first = this.#ids.get(id);
    if (first === undefined) this.#ids.set(id, node.at);
    else this.#report({ code: "duplicate-id", id, first }, node.at, own);
    return id;
  }

  #kind(node: Located | undefined, path: Path): PrincipleKind | undefined {
    if (node === undefined || node.kind === "unusable") return undefined;
    const kind = PRINCIPLE_KINDS.find((one) => node.kind === "scalar" && node.value === one);
    const expected = PRINCIPLE_KINDS.join(" or ");
    if (kind === undefined) this.#report({ code: "wrong-type", expected, found: kindOf(node) }, node.at, path);
    return kind;
  }

  #weight(node: Located | undefined, path: Path): number | undefined {
    if (node === undefined || node.kind === "unusable") return undefined;
    if (node.kind !== "scalar" || typeof node.value !== "number") {
      this.#report({ code: "wrong-type", expected: "a number above 0", found: kindOf(node) }, node.at, path);
      return undefined;
    }
    if (Number.isFinite(node.value) && node.value > 0) return node.value;
    this.#report({ code: "bad-weight", found: String(node.value) }, node.at, path);
    return undefined;
  }

  #tags(node: Located | undefined, path: Path): string[] {
    if (node === undefined || node.kind === "unusable") return [];
    if (node.kind !== "list") {
      this.#report({ code: "wrong-type", expected: "a list of tags", found: kindOf(node) }, node.at, path);
      return [];
    }
    return node.items.flatMap((item, index) => this.#text(item, [...path, index]) ?? []);
  }

  #text(node: Located, path: Path): string | undefined {
    if (node.kind === "unusable") return undefined;
    if (node.kind !== "scalar" || (typeof node.value !== "string" && node.value !== null)) {
      this.#report({ code: "wrong-type", expected: "a text", found: kindOf(node) }, node.at, path);
      return undefined;
    }
    const text = canonicalText(node.value ?? "");
    const control = /[\u0000-\u0008\u000b-\u001f\u007f]/u.exec(text)?.[0];
    if (control !== undefined) {
      const character = `U+${control.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
      this.#report({ code: "control-character", character }, node.at, path);
    }
    if (text === "") this.#report({ code: "empty-text" }, node.at, path);
    return text === "" ? undefined : text;
  }

  /** The values of a map by key; reports unknown and missing keys, and anything that is no map. */
  #map(
    node: Located,
    path: Path,
    known: readonly string[],
    required: readonly string[],
    expected: string,
  ): ReadonlyMap<string, Located> {
    const values = new Map<string, Located>();
    this.#remember(path, node.at);
    if (node.kind === "unusable") return values;
    if (node.kind !== "map") {
      this.#report({ code: "wrong-type", expected, found: kindOf(node) }, node.at, path);
      return values;
    }
    for (const { key, keyAt, value } of node.entries) {
      this.#remember([...path, key], keyAt);
      if (known.includes(key)) values.set(key, value);
      else
        this.#report({ code: "unknown-key", key, known, nearest: findNearest(key, known, 1) }, keyAt, [...path, key]);
    }
    for (const key of required) {
      if (!values.has(key)) this.#report({ code: "missing-key", key }, node.at, path);
    }
    return values;
  }

  #remember(path: Path, at: Position): void {
    this.#paths.push({ path, at });
    this.positions.set(formatPath(path), at);
  }

  #report(fault: Fault, at: Position, path: Path): void {
    this.issues.push({ ...fault, ...at, path });
  }
}

function kindOf(node: Located): string {
  if (node.kind === "map") return "a map";
  if (node.kind === "list") return "a list";
  if (node.kind === "unusable") return "nothing that can be read";
  const { value } = node;
  if (value === null) return "nothing";
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "boolean") return `the truth value ${value}`;
  return typeof value === "string" ? `the text "${value.length > 40 ? `${value.slice(0, 37)}…` : value}"` : "a value";
}
