import { type Constitution, type Principle, type PrincipleKind, WORDINGS, type Wording } from "./constitution.ts";

/** One wording before and after; null where it is not stated. */
export interface Rewording {
  readonly id: string;
  readonly field: Wording | "source" | "demonstrations";
  readonly before: string | null;
  readonly after: string | null;
}

/** What changed between two constitutions, by the meaning of ids. Lists follow the order of the files. */
export interface ConstitutionDiff {
  /** Nothing changed that a model could read: the hashes are equal. */
  readonly same: boolean;
  readonly added: readonly Principle[];
  readonly removed: readonly Principle[];
  /** The same text under another id. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  readonly reworded: readonly Rewording[];
  readonly reweighted: readonly { readonly id: string; readonly before: number; readonly after: number }[];
  readonly retagged: readonly {
    readonly id: string;
    readonly added: readonly string[];
    readonly removed: readonly string[];
  }[];
  /** Bound to another kind of prompt; null stands for all kinds. */
  readonly rebound: readonly {
    readonly id: string;
    readonly before: PrincipleKind | null;
    readonly after: PrincipleKind | null;
  }[];
  /** Ids, in the new order, when those that both share stand in another order; else empty. */
  readonly reordered: readonly string[];
  readonly preamble: { readonly before: string | null; readonly after: string | null } | null;
}

/** Compares by ids, never by line: a moved or reformatted principle is not a changed one. */
export function diffConstitutions(before: Constitution, after: Constitution): ConstitutionDiff {
  const old = new Map(before.principles.map((principle) => [principle.id, principle]));
  const now = new Map(after.principles.map((principle) => [principle.id, principle]));
  const gone = before.principles.filter(({ id }) => !now.has(id));
  const fresh = after.principles.filter(({ id }) => !old.has(id));
  const renamed = matchByText(gone, fresh);
  const successor = new Map(renamed.map(({ from, to }) => [from, to]));
  const heirs = new Set(successor.values());
  const pairs = before.principles.flatMap((principle) => {
    const next = now.get(successor.get(principle.id) ?? principle.id);
    return next === undefined ? [] : [{ principle, next }];
  });
  return {
    same: before.hash === after.hash,
    added: fresh.filter(({ id }) => !heirs.has(id)),
    removed: gone.filter(({ id }) => !successor.has(id)),
    renamed,
    reworded: pairs.flatMap(({ principle, next }) => findRewordings(principle, next)),
    reweighted: pairs
      .filter(({ principle, next }) => principle.weight !== next.weight)
      .map(({ principle, next }) => ({ id: next.id, before: principle.weight, after: next.weight })),
    retagged: pairs.flatMap(({ principle, next }) => findRetagging(principle, next)),
    rebound: pairs
      .filter(({ principle, next }) => principle.appliesTo !== next.appliesTo)
      .map(({ principle, next }) => ({
        id: next.id,
        before: principle.appliesTo ?? null,
        after: next.appliesTo ?? null,
      })),
    reordered: findReordering(
      pairs.map(({ next }) => next.id),
      after,
    ),
    preamble:
      before.preamble === after.preamble ? null : { before: before.preamble ?? null, after: after.preamble ?? null },
  };
}

/** Each principle that went is paired with the first unpaired one that came with the same text, case aside. */
function matchByText(gone: readonly Principle[], fresh: readonly Principle[]): { from: string; to: string }[] {
  const free = [...fresh];
  return gone.flatMap((principle) => {
    const at = free.findIndex((other) => other.text.toLowerCase() === principle.text.toLowerCase());
    const [match] = at < 0 ? [] : free.splice(at, 1);
    return match === undefined ? [] : [{ from: principle.id, to: match.id }];
  });
}

function findRewordings(before: Principle, after: Principle): Rewording[] {
  const wordings = [...WORDINGS, "source" as const].map((field) => ({
    field,
    before: before[field] ?? null,
    after: after[field] ?? null,
  }));
  const shown = { field: "demonstrations" as const, before: writeShown(before), after: writeShown(after) };
  return [...wordings, shown]
    .filter((pair) => pair.before !== pair.after)
    .map((pair): Rewording => ({ id: after.id, ...pair }));
}

/** A principle's demonstrations as one text; null where it has none. */
function writeShown({ demonstrations = [] }: Principle): string | null {
  if (demonstrations.length === 0) return null;
  return demonstrations.map(({ prompt, response }) => `${prompt} → ${response}`).join("\n");
}

function findRetagging(before: Principle, after: Principle): ConstitutionDiff["retagged"] {
  const added = after.tags.filter((tag) => !before.tags.includes(tag));
  const removed = before.tags.filter((tag) => !after.tags.includes(tag));
  return added.length + removed.length === 0 ? [] : [{ id: after.id, added, removed }];
}

function findReordering(shared: readonly string[], after: Constitution): string[] {
  const kept = new Set(shared);
  const order = after.principles.map(({ id }) => id).filter((id) => kept.has(id));
  return order.every((id, i) => id === shared[i]) ? [] : order;
}
