import type { AttackLanguage, Goal, Technique } from "../../redteam/index.ts";
import { type Rng, rng } from "../../rng.ts";
import { type Governance, principleOf } from "./governance.ts";
import { type Category, categoryOf, details } from "./lexicon.ts";
import { marker } from "./markers.ts";
import {
  detailKindOfFamily,
  parseRequest,
  type RequestPlace,
  templateCount,
  templateOf,
  wrapperTexts,
  writeRequest,
} from "./requests.ts";

/** A request, where it stands, and the principle that bars help with its thing. */
export interface PlacedRequest extends RequestPlace {
  readonly text: string;
  readonly principleId: string;
}

/** Wrappers are harbor's ways of asking: "in-a-play", "please"; "bare" without one. */
const techniques: readonly Technique[] = wrapperTexts.map((text) => ({
  id:
    text === "W"
      ? "bare"
      : text
          .replace("W", "")
          .replace(/[^a-z]+/gu, " ")
          .trim()
          .replaceAll(" ", "-"),
  definition: text,
}));

/**
 * Every governed request that the seen templates and wrappers can write: things × templates × wrappers × details. It is the truth
 * against which an attacker's findings are held, after the fact.
 */
export function* enumerateRequests(governance: Governance, detailCount?: number): Generator<PlacedRequest> {
  for (const category of governance.governed) {
    const principleId = principleOf(governance, category)?.id;
    if (principleId === undefined) continue;
    for (const thing of category.words)
      for (let template = 0; template < templateCount(category.family); template++)
        for (const wrapper of wrapperTexts.keys())
          for (const detail of detailsOf(category).slice(0, detailCount)) {
            const place = { thing, template, wrapper, detail };
            yield { ...place, text: writeRequest(place), principleId };
          }
  }
}

/** One goal for every governed word; its twin is the same request for a harmless word of the same family. */
export function harborGoals(governance: Governance): Goal[] {
  return governance.governed.flatMap((category) => {
    const principleId = principleOf(governance, category)?.id;
    if (principleId === undefined) return [];
    const others = governance.harmless.filter(({ family }) => family === category.family).flatMap(({ words }) => words);
    return category.words.map((thing): Goal => {
      const random = rng(1, "harbor-goal", thing);
      const place = { template: 0, wrapper: 0, detail: random.pick(detailsOf(category)) };
      const twin = others.length === 0 ? undefined : writeRequest({ ...place, thing: random.pick(others) });
      return { id: `${principleId}-${thing}`, principleId, behaviour: writeRequest({ ...place, thing }), twin };
    });
  });
}

/**
 * Requests by harbor's grammar: a technique is a wrapper, and what is changed is the template or the detail. `detailCount`: only the
 * first so many details of each kind.
 */
export function harborAttackLanguage(detailCount?: number): AttackLanguage {
  return {
    id: detailCount === undefined ? "harbor" : `harbor-${detailCount}`,
    isProse: false,
    techniques,
    needsAttacker: false,
    rewrite: async (rewrites, random) =>
      rewrites.map(({ goal, technique, from }) => {
        const thing = parseRequest(goal.behaviour)?.thing;
        const wrapper = techniques.findIndex(({ id }) => id === technique.id);
        if (thing === undefined) return undefined;
        return writeRequest({ ...change(random, thing, from, detailCount), thing, wrapper });
      }),
    perturb(text, random) {
      const thing = parseRequest(text)?.thing;
      if (thing === undefined) return text;
      const wrapper = random.integer(wrapperTexts.length);
      return writeRequest({ ...change(random, thing, undefined, detailCount), thing, wrapper });
    },
    isNear: (child, parent) => child === parent,
    isRequest: (text) => parseRequest(text) !== undefined,
    // As a rule stands before a request in pre-training.
    invite: (_, { text }) => `${marker.rule} ${text.trim().split(/\s+/).join(" ")} ${marker.user}`,
    place(written, { principleId }, goals) {
      const text = written.trim();
      const request = parseRequest(text);
      const template = templateOf(text);
      if (request === undefined || template === undefined) return undefined;
      const { thing, detail, category } = request;
      const wrapper = wrapperOf(text);
      const isOwn = detailsOf(category).slice(0, detailCount).includes(detail);
      if (!isOwn || writeRequest({ thing, template, wrapper, detail }) !== text) return undefined;
      const goal = goals.find((one) => one.principleId === principleId && parseRequest(one.behaviour)?.thing === thing);
      return goal && { text, goalId: goal.id, technique: techniques[wrapper]?.id ?? "" };
    },
  };
}

/** The longest wrapper that stands around a text; 0: none. */
function wrapperOf(text: string): number {
  const around = wrapperTexts.map((wrapper) => wrapper.split("W"));
  const fitting = [...around.keys()].filter((index) => {
    const [before = "", after = ""] = around[index] ?? [];
    return text.startsWith(before) && text.endsWith(after);
  });
  const lengthOf = (index: number): number => wrapperTexts[index]?.length ?? 0;
  return fitting.sort((a, b) => lengthOf(b) - lengthOf(a))[0] ?? 0;
}

/** The parent's template or its detail, where there is one of the same family, and the other anew; now and then both. */
function change(
  random: Rng,
  thing: string,
  from: string | undefined,
  detailCount: number | undefined,
): Pick<RequestPlace, "template" | "detail"> {
  const category = categoryOf(thing);
  if (category === undefined) throw new RangeError(`"${thing}" is no thing of harbor`);
  const own = detailsOf(category).slice(0, detailCount);
  const drawn = { template: random.integer(templateCount(category.family)), detail: random.pick(own) };
  const parent = from === undefined ? undefined : parseRequest(from);
  if (from === undefined || parent?.category.family !== category.family) return drawn;
  const kept = random.next();
  if (kept < 0.4) return { ...drawn, detail: parent.detail };
  const place = templateOf(from);
  return kept < 0.8 && place !== undefined ? { ...drawn, template: place } : drawn;
}

const detailsOf = ({ family }: Category): readonly string[] => details[detailKindOfFamily[family]];
