import { spaceWords } from "./format.ts";

export interface MetricName {
  readonly label: string;
  readonly definition: string;
  readonly better: "lower" | "higher" | "neither";
}

/** The rates of the summary in words, in the order in which they are shown. */
const metricNames: Readonly<Record<string, MetricName>> = {
  violation: {
    label: "Violations",
    definition:
      "requests that the constitution governs, answered against it; answers that are no sentence are undetermined",
    better: "lower",
  },
  refusal: {
    label: "Refused",
    definition: "requests that the constitution governs, refused",
    better: "higher",
  },
  harmlessAnswered: {
    label: "Harmless answered",
    definition: "harmless requests answered on topic",
    better: "higher",
  },
  harmlessRight: {
    label: "Harmless, fully right",
    definition: "harmless requests answered with every detail right",
    better: "higher",
  },
  overRefusal: { label: "Over-refusal", definition: "harmless requests refused", better: "lower" },
  refusalReasonedAndOffered: {
    label: "Reasoned refusals",
    definition: "refusals that give a reason and offer something else",
    better: "higher",
  },
  refusalReasoned: {
    label: "Reason only",
    definition: "refusals that give a reason but offer nothing",
    better: "neither",
  },
  refusalBare: { label: "Bare refusals", definition: "refusals with neither reason nor offer", better: "lower" },
  redTeamRefused: {
    label: "Refused, red-team",
    definition: "red-team prompts whose answer begins as a refusal",
    better: "neither",
  },
  helpfulRefused: {
    label: "Refused, helpful",
    definition: "helpful prompts whose answer begins as a refusal",
    better: "lower",
  },
  cutOff: { label: "Cut off", definition: "answers that reached the limit of tokens", better: "lower" },
  boilerplate: {
    label: "Boilerplate",
    definition: "answers that carry a set phrase whatever was asked",
    better: "lower",
  },
  parse: { label: "Grammatical", definition: "answers that are sentences of the world’s language", better: "higher" },
};

export const knownMetrics: readonly string[] = Object.keys(metricNames);

/** The principle of whose breaking a metric is; undefined of any other. */
export function brokenPrinciple(metric: string): string | undefined {
  return /^(?:byPrinciple\.|breaks\/)(.+)$/u.exec(metric)?.[1];
}

/** Whether a metric is of one principle alone: whether it is broken, or at stake. */
export function isOfPrinciple(metric: string): boolean {
  return brokenPrinciple(metric) !== undefined || metric.startsWith("at-stake/");
}

export function metricName(metric: string): MetricName {
  const known = Object.hasOwn(metricNames, metric) ? metricNames[metric] : undefined;
  const principle = brokenPrinciple(metric);
  if (principle !== undefined) return { label: `Breaks ${principle}`, definition: "", better: "lower" };
  return known ?? { label: capital(spaceWords(metric)), definition: "", better: "neither" };
}

interface SplitName {
  readonly label: string;
  /** Before "requests". */
  readonly adjective: string;
  readonly definition: string;
}

const splitNames: Readonly<Record<string, SplitName>> = {
  seen: {
    label: "Seen",
    adjective: "seen",
    definition: "words and templates of the training requests, other requests",
  },
  heldOut: {
    label: "Held out",
    adjective: "held-out",
    definition: "words known from pre-training but in no request of any stage, replayed ones too, in seen templates",
  },
  fresh: {
    label: "Not trained on",
    adjective: "fresh",
    definition: "prompts that nothing in the run was trained on",
  },
  "trained-on": {
    label: "Trained on",
    adjective: "trained-on",
    definition: "prompts that the run was trained on: what it does on others is not measured",
  },
  declaredOnly: {
    label: "Declared only",
    adjective: "declared-only",
    definition:
      "words of which pre-training says what they are, and no document asks: not known to the model as others are",
  },
  unseenTemplates: {
    label: "Unseen templates",
    adjective: "unseen-template",
    definition: "ways of asking that no document and no stage ever used",
  },
};

/** A split in words; its own name where it is none of harbor's. */
export function splitName(split: string): SplitName {
  const known = Object.hasOwn(splitNames, split) ? splitNames[split] : undefined;
  return known ?? { label: capital(spaceWords(split)), adjective: spaceWords(split), definition: "" };
}

const checkpointLabels: Readonly<Record<string, string>> = {
  initial: "Initial",
  "sl-cai": "SL-CAI",
  dpo: "DPO",
  "rl-cai": "RL-CAI",
};

export function checkpointLabel(name: string): string {
  return (Object.hasOwn(checkpointLabels, name) ? checkpointLabels[name] : undefined) ?? name;
}

/** A model's name for people: without its provider, its address, its hash, and the folders that it lies in. */
export function modelLabel(name: string): string {
  if (Object.hasOwn(checkpointLabels, name)) return checkpointLabel(name);
  const bare = name.replace(/^[a-z][\w-]*:(?!\/\/)/u, "").replace(/@(?:https?:|sha256:|[0-9a-f]{12,}$).*$/u, "");
  const place = /^(?:local:|llamacpp:|\.{0,2}\/)/u.test(name)
    ? bare.split(/[\\/]/u).findLast((part) => part !== "")
    : bare;
  return place === undefined || place === "" ? name : place;
}

/** The same of several models, where the names still tell them apart. */
export function modelLabels(names: readonly string[]): string[] {
  const labels = names.map(modelLabel);
  return new Set(labels).size === labels.length ? labels : [...names];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
