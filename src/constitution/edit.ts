import { PreceptError } from "../errors.ts";
import { findNearest } from "../nearest.ts";
import { omitUndefined } from "../omit-undefined.ts";
import type { Constitution, Principle } from "./constitution.ts";
import { createConstitution } from "./create.ts";

/**
 * The principle of an id.
 * @throws PreceptError "unknown-principle" that names the nearest ids.
 */
export function findPrinciple(constitution: Constitution, id: string, attempted = "Looking up a principle"): Principle {
  const found = constitution.principles.find((principle) => principle.id === id);
  if (found !== undefined) return found;
  const ids = constitution.principles.map((principle) => principle.id);
  const close = findNearest(id, ids);
  throw new PreceptError("unknown-principle", {
    attempted: `${attempted} of "${constitution.name}"`,
    found: `no principle "${id}"`,
    expected:
      ids.length === 0
        ? "nothing: the constitution is empty"
        : `one of ${ids.slice(0, 30).join(", ")}${ids.length > 30 ? ", …" : ""}`,
    remedy: close.length === 0 ? undefined : `did you mean ${close.join(" or ")}?`,
  });
}

/**
 * The constitution without one principle: the control that shows what it did.
 * @throws PreceptError "unknown-principle".
 */
export function deletePrinciple(constitution: Constitution, id: string): Constitution {
  findPrinciple(constitution, id, "Deleting a principle");
  return createConstitution({
    ...constitution,
    name: `${constitution.name} without ${id}`,
    principles: constitution.principles.filter((principle) => principle.id !== id),
  });
}

/**
 * The constitution with one principle turned round: its `inverse` becomes its text, and its text the inverse; so do its two
 * contexts. Requests and demonstrations are dropped, since they ask for the opposite; the text then stands for them.
 * @throws PreceptError "unknown-principle"; "input-invalid" when the principle states no inverse.
 */
export function invertPrinciple(constitution: Constitution, id: string): Constitution {
  const principle = findPrinciple(constitution, id, "Inverting a principle");
  const { inverse } = principle;
  if (inverse === undefined) {
    const able = constitution.principles.filter((other) => other.inverse !== undefined).map((other) => other.id);
    throw new PreceptError("input-invalid", {
      attempted: `Inverting the principle "${id}" of "${constitution.name}"`,
      found: "no `inverse` wording",
      expected: "a key `inverse` on the principle that says the opposite of its text",
      remedy:
        able.length === 0
          ? "add `inverse:` to the principle"
          : `add \`inverse:\` to it, or invert one of ${able.join(", ")}`,
    });
  }
  const { critiqueRequest: _critique, revisionRequest: _revision, comparisonRequest: _comparison, ...kept } = principle;
  const { demonstrations: _shown, positive, negative, ...plain } = kept;
  const contexts = omitUndefined({ positive: negative, negative: positive });
  const turned: Principle = { ...plain, ...contexts, text: inverse, inverse: principle.text };
  return createConstitution({
    ...constitution,
    name: `${constitution.name} with ${id} inverted`,
    principles: constitution.principles.map((other) => (other.id === id ? turned : other)),
  });
}

/** Several constitutions, one after the other, under one name. @throws ConstitutionInvalid on an id that two of them use. */
export function joinConstitutions(name: string, parts: readonly Constitution[]): Constitution {
  const preamble = parts.flatMap((part) => part.preamble ?? []).join("\n\n");
  const source = [...new Set(parts.flatMap((part) => part.source ?? []))].join("; ");
  return createConstitution({
    name,
    preamble,
    source,
    principles: parts.flatMap((part) => part.principles),
  });
}
