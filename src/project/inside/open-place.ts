import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import type { InspectedModel } from "../../interpretability/index.ts";
import { checkpointPlace, hashModel, toFileName } from "../../storage/index.ts";
import { type Site, type SiteName, siteOf, Transformer } from "../../transformer/index.ts";
import { checkpointOfRun } from "../guard/open-run-guard.ts";
import { harborWorld } from "../harbor/embedded.ts";

/** A checkpoint that is looked into. */
export interface OpenedPlace extends InspectedModel {
  /** As a person named it, less the path: "demo@rl-cai". */
  readonly name: string;
  readonly folder: string;
  /** The run that it is of. */
  readonly run: string | undefined;
  readonly isHarbor: boolean;
}

/** Sites by the names of the command line. */
export const shortSites = {
  "before-mlp": "resid_mid",
  mlp: "mlp_post",
  "mlp-out": "mlp_out",
  attention: "attn_out",
  residual: "resid_post",
} as const satisfies Readonly<Record<string, SiteName>>;
export type ShortSite = keyof typeof shortSites;

/** RUN, RUN@CHECKPOINT, a folder of a checkpoint, or a GGUF file. @throws PreceptError checkpoint-missing, checkpoint-invalid. */
export async function openPlace(place: string, threads?: number): Promise<OpenedPlace> {
  const named = place.replace(/^local:/, "");
  const isFile = statSync(named, { throwIfNoEntry: false })?.isFile() === true;
  const folder = isFile ? named : checkpointPlace(checkpointOfRun(named));
  if (!existsSync(folder)) {
    throw new PreceptError("checkpoint-missing", {
      attempted: `Looking into ${place}`,
      found: "nothing there",
      expected:
        "RUN@CHECKPOINT, a checkpoint's folder, or a GGUF file of this machine: a hosted model shows nothing within",
      remedy: "precept runs lists the runs",
    });
  }
  const at = named.lastIndexOf("@");
  // An "@" of the path's own, as in node_modules/@scope/…, has no run before it.
  const isOfRun = at > 0 && !isFile && existsSync(join(named.slice(0, at), "manifest.json"));
  const run = isOfRun ? named.slice(0, at) : named;
  return {
    name: `${basename(resolve(run))}${named.slice(run.length)}`,
    folder,
    run: existsSync(join(run, "manifest.json")) ? run : undefined,
    isHarbor: !isFile && harborWorld.isSpokenBy(folder),
    hash: await hashModel(folder),
    model: await Transformer.load(folder, { threads }),
  };
}

/** The site of a layer; the default layer is the last but one. @throws PreceptError usage for a layer that the model has not. */
export function siteFor({ model, name }: OpenedPlace, short: ShortSite, layer: number | undefined): Site {
  const { layers } = model.config;
  const chosen = layer ?? Math.max(0, layers - 2);
  if (chosen < layers) return siteOf(chosen, shortSites[short]);
  throw new PreceptError("usage", {
    attempted: `Looking into ${name}`,
    found: `layer ${chosen}`,
    expected: `a layer from 0 to ${layers - 1}`,
    remedy: `--layer ${layers - 1}`,
  });
}

/** Where what is learned of places is kept: with the run of the first, else under runs/. */
export function featuresFolder([first]: readonly OpenedPlace[], name: string): string {
  // A checkpoint that a training kept on its way has a stage with a slash.
  const own = name.replaceAll("/", "-");
  return first?.run === undefined
    ? join("runs", `features-${toFileName(first?.name ?? "model")}`, own)
    : join(first.run, "features", own);
}

/** Whether models can share a dictionary. @throws PreceptError usage */
export function refuseOthers([first, ...others]: readonly OpenedPlace[]): void {
  for (const { name, model } of others) {
    const [a, b] = [first!.model.config, model.config];
    const isSame = (["layers", "hiddenSize", "feedForwardSize", "vocabularySize"] as const).every(
      (key) => a[key] === b[key],
    );
    if (isSame) continue;
    throw new PreceptError("usage", {
      attempted: `Comparing ${first!.name} with ${name} from within`,
      found: `${a.layers} layers of ${a.hiddenSize} and ${b.layers} of ${b.hiddenSize}`,
      expected: "two checkpoints of one model",
      remedy: "checkpoints of one run, as RUN@initial and RUN@rl-cai",
    });
  }
}
