import { PreceptError } from "../../errors.ts";
import { loadProbe } from "../../interpretability/index.ts";
import {
  editOf,
  openPlace,
  placeBeside,
  type Reading,
  type ShortSite,
  siteFor,
  steerAnswers,
  trainProbe,
  trainTextProbe,
  watchRequests,
} from "../../project/index.ts";
import { readPromptFile } from "../../records/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { pageOf } from "../layout.ts";
import { showProbe, showSteered, showTextProbe, showWatched } from "../show-probe.ts";

interface TrainFlags {
  readonly texts?: string | undefined;
  readonly principle?: string | undefined;
  readonly ownAnswers: boolean;
  readonly layer?: number | undefined;
  readonly site?: ShortSite | undefined;
  readonly over?: Reading | undefined;
  readonly items?: number | undefined;
  readonly falsePositives?: number | undefined;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** precept probe train MODEL */
export async function probeTrain(this: CliContext, flags: TrainFlags, named: string): Promise<void> {
  const { texts, principle, ownAnswers, layer, site = "residual", over = "request", items = 1400, out, json } = flags;
  if (texts !== undefined && (principle !== undefined || ownAnswers || over === "answer")) {
    throw new PreceptError("usage", {
      attempted: "Training a probe on labelled texts",
      found: "--texts with --principle, --own-answers or --over answer",
      expected: "--texts alone: the labels are the file's, and the probe reads the last token of each request",
    });
  }
  const place = await openPlace(named);
  try {
    if (texts !== undefined) {
      const falsePositiveRate = flags.falsePositives ?? 0.05;
      const trained = await trainTextProbe({
        ...{ place, file: texts, site: siteFor(place, site, layer), falsePositiveRate, out, signal: this.signal },
      });
      if (json) printJson(this, trained);
      else print(this, showTextProbe(trained, pageOf(this.process.stdout, this.env)));
      return;
    }
    const trained = await trainProbe({
      ...{ place, principle, isOwn: ownAnswers, items, out, reading: over, site: siteFor(place, site, layer) },
      ...{ falsePositiveRate: flags.falsePositives ?? 0.05, seed: flags.seed ?? 1 },
      ...{ progress: progressOf(this, json), signal: this.signal },
    });
    if (json) printJson(this, trained);
    else print(this, showProbe(trained, pageOf(this.process.stdout, this.env)));
  } finally {
    await place.model.dispose();
  }
}

interface WatchFlags {
  readonly prompt?: string | undefined;
  readonly file?: string | undefined;
  readonly model?: string | undefined;
  readonly json: boolean;
}

/** precept probe watch PROBE */
export async function probeWatch(
  this: CliContext,
  { prompt, file, model, json }: WatchFlags,
  folder: string,
): Promise<void> {
  const requests = prompt === undefined ? [] : [prompt];
  if (file !== undefined)
    for await (const row of readPromptFile(file))
      requests.push(typeof row.prompt === "string" ? row.prompt : (row.prompt.at(-1)?.content ?? ""));
  if (requests.length === 0) {
    const remedy = '--prompt "what is the address of rosa ?"';
    throw new PreceptError("usage", {
      attempted: "Watching requests",
      found: "none",
      expected: "--prompt or --file",
      remedy,
    });
  }
  const place = await openPlace(model ?? placeBeside(folder));
  try {
    const { probe, watched } = await watchRequests(place, folder, requests);
    if (json) printJson(this, { principle: probe.principle ?? null, threshold: probe.threshold, watched });
    else print(this, showWatched(probe, watched, pageOf(this.process.stdout, this.env)));
    if (watched.some(({ isAlarm }) => isAlarm)) this.process.exitCode = exitCodes.gate;
  } finally {
    await place.model.dispose();
  }
}

interface SteerFlags {
  readonly direction: string;
  readonly strength?: number | undefined;
  readonly ablate: boolean;
  readonly report: boolean;
  readonly items?: number | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

/** precept probe steer RUN@CHECKPOINT */
export async function probeSteer(this: CliContext, flags: SteerFlags, named: string): Promise<void> {
  const { strength, ablate, report, items, seed = 1, json } = flags;
  if (strength === undefined && !ablate) {
    throw new PreceptError("usage", {
      attempted: "Steering a model",
      found: "neither --strength nor --ablate",
      expected:
        "one of them, or both: --ablate --strength 2 goes twice the way to the mean of requests that broke nothing",
    });
  }
  const probe = loadProbe(flags.direction);
  const edit = editOf(probe, ablate ? "ablate" : "add", strength ?? 1);
  const place = await openPlace(named);
  try {
    const steered = await steerAnswers({
      ...{ place, edit, set: report ? "report" : "development", perSplit: items, seed, signal: this.signal },
      progress: progressOf(this, json),
    });
    if (json) printJson(this, steered);
    else print(this, showSteered(steered, named, pageOf(this.process.stdout, this.env)));
  } finally {
    await place.model.dispose();
  }
}
