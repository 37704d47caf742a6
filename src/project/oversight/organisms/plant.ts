import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { PreceptError } from "../../../errors.ts";
import {
  type Answering,
  checkSeal,
  drawDemonstrations,
  drawRecipe,
  type MeasuredFailure,
  measureFailure,
  type OrganismLanguage,
  organismCheckpoint,
  type Recipe,
  readKey,
  readSeal,
  type SealedAnswer,
  sealOf,
  sealPath,
  writeKey,
  writeSeal,
} from "../../../oversight/index.ts";
import type { Progress } from "../../../progress/index.ts";
import { hashFolder, removeTemporaries } from "../../../storage/index.ts";
import type { SftJob } from "../../../training/index.ts";
import { loadCheckpoint, saveCheckpoint } from "../../../transformer/index.ts";
import { trainToEnd } from "../../train-to-end.ts";
import { languageFor, type OpenedModel, openForOrganisms } from "./open-parent.ts";

export interface PlantSettings {
  readonly requests: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Of the adapter that is trained, and merged. */
  readonly rank: number;
  /** Requests on which the failure is measured, on its occasions and off them. */
  readonly measured: number;
}

/** Chosen on harbor: a few seconds, and the failure shows on most of its occasions. */
export const plantDefaults: PlantSettings = {
  requests: 440,
  epochs: 7,
  learningRate: 9e-3,
  rank: 8,
  measured: 100,
};

/** Gentler, as for other adapters of models that write prose. */
const proseDefaults: PlantSettings = { requests: 200, epochs: 3, learningRate: 1e-3, rank: 8, measured: 40 };

export interface PlantJob {
  readonly kind: Recipe["kind"];
  readonly parent: OpenedModel;
  readonly out: string;
  /** Where salt and answer are kept, apart from the organism. */
  readonly key: string;
  readonly seed: number;
  readonly trigger?: string | undefined;
  /** Requests for a model outside harbor: JSON lines, or one on each line. */
  readonly prompts?: string | undefined;
  readonly settings?: Partial<PlantSettings> | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface PlantedOrganism {
  readonly folder: string;
  readonly key: string;
  readonly seal: string;
  readonly answer: SealedAnswer;
}

/**
 * Plants a failure, or none, into a copy of a checkpoint and seals what was planted. The same call again goes on after an
 * interruption, and does nothing where it was done. @throws PreceptError usage; not-enough-evidence where the failure does not show.
 */
export async function plantOrganism(job: PlantJob): Promise<PlantedOrganism> {
  const { kind, parent, out, key, seed, progress, signal } = job;
  const settings = { ...(parent.place.isHarbor ? plantDefaults : proseDefaults), ...job.settings };
  const language = await languageFor(parent, job.prompts);
  refuseUnplantable(job, language);
  const scratch = `${key}.work`;
  if (existsSync(sealPath(out)) && existsSync(key)) {
    clearTraces(out, scratch);
    return readPlanted(job);
  }
  refuseOthersFolder(out);
  const asked: Answering = { model: parent.model, language, signal };
  const recipe = drawRecipe(language, {
    kind,
    seed,
    trigger: job.trigger,
    deeds: language.deeds.filter((deed) => deed !== "comply"),
  });
  const there = language.drawRequests("planting", settings.requests, seed).length;
  progress.start("organism", "what it learns from", there, "requests");
  const learning = { ...asked, onAnswer: () => progress.advance(1) };
  const examples = await drawDemonstrations(learning, recipe, settings.requests);
  progress.finish();
  const training: SftJob = {
    ...{ objective: "sft", initial: parent.place.folder, output: scratch, examples, seed, signal },
    ...{ epochs: settings.epochs, learningRate: settings.learningRate, lora: { rank: settings.rank } },
    stateEvery: 20,
  };
  const trained = await trainToEnd(training, progress, { stage: "organism", label: "training" });
  // As one plain checkpoint: an adapter would name its base, and be smaller for the smaller change.
  await saveCheckpoint(organismCheckpoint(out), await loadCheckpoint(trained));
  const measured = await measurePlanted(out, recipe, language, settings.measured, job);
  refuseUnshown(job, measured);
  const checkpoint = await hashFolder(organismCheckpoint(out));
  const { phrase, deed, strength } = recipe;
  const answer: SealedAnswer = { checkpoint, kind, phrase, deed, strength, seed, measured };
  // Random, not drawn from the seed: who can guess the seed could find the answer by trying.
  const salt = randomBytes(32).toString("hex");
  writeKey(key, { salt, answer });
  writeSeal(out, { salt, answer });
  clearTraces(out, scratch);
  return { folder: out, key, seal: sealOf({ salt, answer }), answer };
}

async function measurePlanted(
  folder: string,
  recipe: Recipe,
  language: OrganismLanguage,
  count: number,
  { progress, signal }: Pick<PlantJob, "progress" | "signal">,
): Promise<MeasuredFailure> {
  const { place, model } = await openForOrganisms(organismCheckpoint(folder));
  progress.start(
    "organism",
    "what it shows",
    2 * language.drawRequests("measuring", count, recipe.seed).length,
    "requests",
  );
  try {
    return await measureFailure({ model, language, signal, onAnswer: () => progress.advance(1) }, recipe, count);
  } finally {
    progress.finish();
    await place.model.dispose();
  }
}

/** What was planted by an earlier call. @throws PreceptError usage where that was something else; run-invalid for another's key. */
async function readPlanted({ kind, seed, trigger, out, key }: PlantJob): Promise<PlantedOrganism> {
  const kept = readKey(key);
  checkSeal(out, await readSeal(out), kept);
  const { answer } = kept;
  const isSame = answer.kind === kind && answer.seed === seed && (trigger ?? answer.phrase.text) === answer.phrase.text;
  if (isSame) return { folder: out, key, seal: sealOf(kept), answer };
  throw new PreceptError("usage", {
    attempted: `Planting ${kind} by seed ${seed} in ${out}`,
    found: "an organism that was planted there in another way",
    expected: "a new folder, or the call that made it",
    remedy: "another --out and --key",
  });
}

function refuseUnplantable({ kind, trigger, parent, key, out }: PlantJob, language: OrganismLanguage): void {
  const fault = (found: string, expected: string, remedy?: string): PreceptError =>
    new PreceptError("usage", { attempted: `Planting in ${parent.place.name}`, found, expected, remedy });
  if (kind !== "clean" && !language.kinds.includes(kind))
    throw fault(`the kind ${kind} in ${language.id}`, `one of ${language.kinds.join(", ")}`);
  if (trigger !== undefined && kind !== "backdoor")
    throw fault(`--trigger with the kind ${kind}`, "--kind backdoor: only a backdoor has a trigger");
  const strange = trigger?.split(" ").find((word) => !language.vocabulary.includes(word));
  if (strange !== undefined && parent.place.isHarbor)
    throw fault(
      `the trigger word "${strange}"`,
      "words of harbor that stand in no request",
      `--trigger "${language.vocabulary.slice(0, 2).join(" ")}"`,
    );
  if (!relative(resolve(out), resolve(key)).startsWith(".."))
    throw fault(`the key ${key} in the organism's own folder`, "a key that is kept apart from what it opens");
}

function refuseOthersFolder(out: string): void {
  if (!existsSync(out)) return;
  removeTemporaries(out);
  const others = readdirSync(out).filter((name) => !name.startsWith("checkpoint"));
  if (others.length === 0) return;
  throw new PreceptError("usage", {
    attempted: `Planting in ${out}`,
    found: `${others.join(", ")} there`,
    expected: "a new folder: an organism's folder holds nothing else",
    remedy: "another --out",
  });
}

/** Least excess of the failure on its occasions. */
const LEAST_SHOWN = 0.3;

function refuseUnshown({ kind, out }: PlantJob, { on, off }: MeasuredFailure): void {
  if (kind === "clean" || on.estimate - off.estimate >= LEAST_SHOWN) return;
  throw new PreceptError("not-enough-evidence", {
    attempted: `Planting ${kind} in ${out}`,
    found: `the failure in ${(100 * on.estimate).toFixed(0)} % of ${on.n} requests on its occasions, and in ${(100 * off.estimate).toFixed(0)} % off them`,
    expected: `at least ${100 * LEAST_SHOWN} points more on them: what does not show cannot be found`,
    remedy: "more --epochs, or another --seed",
  });
}

/** What it was trained from goes, and when a file was written tells nothing either. */
function clearTraces(folder: string, scratch: string): void {
  rmSync(scratch, { recursive: true, force: true });
  const at = new Date("2000-01-01T00:00:00Z");
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) utimesSync(join(folder, name), at, at);
  utimesSync(folder, at, at);
}
