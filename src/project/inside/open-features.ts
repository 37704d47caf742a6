import { existsSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { Encoder, loadDictionary, type StoredDictionary } from "../../interpretability/index.ts";
import { layerOf, type Site, siteWidth } from "../../transformer/index.ts";
import { type OpenedPlace, openPlace } from "./open-place.ts";

/** A dictionary with the checkpoint that is looked at through it. */
export interface OpenedFeatures extends StoredDictionary {
  readonly folder: string;
  readonly place: OpenedPlace;
  readonly site: Site;
  /** What is rebuilt: the site itself, unless it is a transcoder. */
  readonly rebuiltSite: Site;
  readonly encoder: Encoder;
}

/**
 * A dictionary with the checkpoint that it is of: the one named, else the last of those that it learned from, as its run has it.
 * @throws PreceptError run-invalid for a checkpoint that it did not learn from; checkpoint-missing.
 */
export async function openFeatures(
  folder: string,
  named?: string,
  threads?: number,
): Promise<OpenedFeatures & { close(): Promise<void> }> {
  const stored = loadDictionary(folder);
  const { models } = stored.meta.precept;
  const place = await openPlace(named ?? findPlace(folder, models.at(-1)?.name ?? ""), threads);
  const known = models.find(({ hash }) => hash === place.hash);
  if (known === undefined && named === undefined) {
    await place.model.dispose();
    throw new PreceptError("run-invalid", {
      attempted: `Looking through ${folder}`,
      found: `${place.name}, whose weights are ${place.hash.slice(0, 12)}…`,
      expected: models.map(({ name, hash }) => `${name}, ${hash.slice(0, 12)}…`).join(" or "),
      remedy:
        "precept features train, on the checkpoint that there is now; or --model RUN@CHECKPOINT, to look at another one through it",
    });
  }
  try {
    refuseMisfit(stored, place, folder);
  } catch (error) {
    await place.model.dispose();
    throw error;
  }
  const encoder = await Encoder.create(stored.dictionary, threads);
  return {
    ...stored,
    folder,
    place,
    site: stored.meta.hook_name as Site,
    rebuiltSite: (stored.meta.hook_name_out ?? stored.meta.hook_name) as Site,
    encoder,
    close: async () => {
      await place.model.dispose();
      await encoder.release();
    },
  };
}

function refuseMisfit({ meta, dictionary }: StoredDictionary, { name, model }: OpenedPlace, folder: string): void {
  const { hook_name: site, precept } = meta;
  const isThere = layerOf(site, model.config) !== undefined;
  const width = isThere ? siteWidth(site as Site, model.config) : 0;
  if (isThere && width === dictionary.inputs) return;
  throw new PreceptError("usage", {
    attempted: `Looking at ${name} through ${folder}`,
    found: isThere ? `${site}, ${width} numbers wide` : `no ${site}: a model of ${model.config.layers} layers`,
    expected: `${site}, ${dictionary.inputs} numbers wide`,
    remedy: `--model with a checkpoint of the model that it learned from: ${precept.models.map((one) => one.name).join(" or ")}`,
  });
}

/** Whether the dictionary learned from the checkpoint that is looked at through it. */
export const isOwnModel = ({ meta, place }: OpenedFeatures): boolean =>
  meta.precept.models.some(({ hash }) => hash === place.hash);

/** Where a checkpoint by its recorded name is, seen from RUN/features/NAME. */
function findPlace(folder: string, name: string): string {
  const stage = name.split("@")[1];
  const run = join(folder, "..", "..");
  if (existsSync(join(run, "manifest.json"))) return stage === undefined ? run : `${run}@${stage}`;
  throw new PreceptError("usage", {
    attempted: `Looking through ${folder}`,
    found: `a dictionary of ${name}, which is not beside it`,
    expected: "the checkpoint that it is of",
    remedy: "--model PLACE",
  });
}
