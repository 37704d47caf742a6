import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  ActivationStore,
  type DictionaryKind,
  type DictionaryMeta,
  isDictionary,
  learnDictionary,
  loadDictionary,
  type StoredDictionary,
  saveDictionary,
  writeActivations,
} from "../../interpretability/index.ts";
import type { Progress } from "../../progress/index.ts";
import { makeFolder, takeLock } from "../../storage/index.ts";
import { layerOf, type Site, siteOf } from "../../transformer/index.ts";
import { featuresFolder, type OpenedPlace, refuseOthers } from "./open-place.ts";
import { textsFor } from "./texts.ts";

export interface FeatureSettings {
  readonly kind: DictionaryKind;
  readonly size: number;
  readonly k: number;
  readonly l1: number;
  /** Activations that are stored, and how often each is learned from. */
  readonly rows: number;
  readonly passes: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly seed: number;
}

export const featureDefaults: FeatureSettings = {
  kind: "batch-topk",
  size: 1024,
  k: 12,
  l1: 0.02,
  rows: 500_000,
  passes: 4,
  batch: 2048,
  learningRate: 2e-3,
  seed: 1,
};

export interface TrainFeatures {
  /** One checkpoint, or several that are to share the dictionary. */
  readonly places: readonly OpenedPlace[];
  readonly site: Site;
  /** Learns a transcoder: what the feed-forward layer makes of the residual stream before it; `site` is then that stream. */
  readonly isTranscoder?: boolean | undefined;
  readonly settings: FeatureSettings;
  readonly texts?: string | undefined;
  readonly out?: string | undefined;
  readonly keepActivations?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** A dictionary of what checkpoints have at a site, in a folder of its own; one that is there is not learned again. */
export async function trainFeatures(job: TrainFeatures): Promise<StoredDictionary & { readonly folder: string }> {
  const { places, site, settings, threads, progress, signal } = job;
  refuseOthers(places);
  const folder = job.out ?? featuresFolder(places, nameOf(job));
  if (isDictionary(folder)) return { ...refuseStale(loadDictionary(folder), job, folder), folder };
  makeFolder(folder);
  const lock = takeLock(folder, job.command);
  try {
    const [first] = places as [OpenedPlace];
    const { name: textsName, textAt } = await textsFor(first, job.texts, settings.seed);
    const stored = join(folder, "activations");
    const started = Date.now();
    const { seed, rows } = settings;
    const rowsPerShard = shardRows(settings);
    const layer = layerOf(site, first.model.config) ?? 0;
    const rebuilt = job.isTranscoder === true ? siteOf(layer, "mlp_out") : undefined;
    await writeActivations({
      ...{
        folder: stored,
        models: places,
        sites: rebuilt === undefined ? [site] : [site, rebuilt],
        textAt,
        textsName,
        rows,
        rowsPerShard,
      },
      ...{ seed, progress, signal },
    });
    const store = new ActivationStore(stored);
    const steps = Math.max(1, Math.floor((store.rows * settings.passes) / settings.batch));
    const options = { ...settings, steps };
    const { dictionary, last } = await learnDictionary({ folder, store, options, threads, progress, signal });
    const meta: DictionaryMeta = {
      model_name: first.name,
      hook_name: site,
      hook_layer: layer,
      ...(rebuilt !== undefined && { hook_name_out: rebuilt }),
      precept: {
        models: places.map(({ name, hash }) => ({ name, hash })),
        ...{ kind: settings.kind, k: settings.k, l1: settings.l1, seed, texts: textsName, rows: store.rows, steps },
        ...{ batch: settings.batch, learningRate: settings.learningRate },
        ...{ seconds: (Date.now() - started) / 1000, unexplained: last.unexplained, l0: last.l0, dead: last.dead },
      },
    };
    saveDictionary(folder, { dictionary, meta });
    if (job.keepActivations !== true && existsSync(stored)) rmSync(stored, { recursive: true });
    return { dictionary, meta, folder };
  } finally {
    lock.release();
  }
}

/** The dictionary, where it is of these weights, this site and these settings. @throws PreceptError run-invalid */
function refuseStale(stored: StoredDictionary, job: TrainFeatures, folder: string): StoredDictionary {
  const { places, site, settings } = job;
  const { hook_name, hook_name_out, precept } = stored.meta;
  const isOf = places.every(({ hash }) => precept.models.some((model) => model.hash === hash));
  const isHere = hook_name === site && (hook_name_out !== undefined) === (job.isTranscoder === true);
  const { features } = stored.dictionary;
  const differing = (["kind", "k", "l1", "seed", "batch", "learningRate"] as const).filter(
    (name) => settings[name] !== precept[name],
  );
  if (isOf && isHere && precept.models.length === places.length) {
    if (differing.length === 0 && features === settings.size) return stored;
    throw new PreceptError("run-invalid", {
      attempted: `Learning features in ${folder}`,
      found: `a dictionary of ${features} features with ${differing.map((name) => `${name} ${precept[name]}`).join(", ") || "the same settings"}`,
      expected: `${settings.size} features${differing.map((name) => `, ${name} ${settings[name]}`).join("")}`,
      remedy: "another --out, or remove that folder",
    });
  }
  throw new PreceptError("run-invalid", {
    attempted: `Learning features in ${folder}`,
    found: `a dictionary of ${precept.models.map(({ name, hash }) => `${name} (${hash.slice(0, 12)}…)`).join(" and ")} at ${hook_name}`,
    expected: places.map(({ name, hash }) => `${name} (${hash.slice(0, 12)}…)`).join(" and "),
    remedy: "another --out, or remove that folder",
  });
}

/** Rows of a shard: whole batches, about 32,768 of them. */
export function shardRows({ rows, batch }: Pick<FeatureSettings, "rows" | "batch">): number {
  const shards = Math.max(1, Math.round(rows / 32_768));
  return Math.max(1, Math.round(rows / shards / batch)) * batch;
}

/** "rl-cai-1-mlp.hook_post-1024-k12": what sets a dictionary apart from others of the run. */
function nameOf({ places, site, settings, isTranscoder }: TrainFeatures): string {
  const { kind, size, k, l1, seed } = settings;
  const of = places.map(({ name }) => name.split("@").at(-1)).join("+");
  const sparsity = kind === "l1" ? `l1-${l1}` : `${kind === "topk" ? "top" : ""}k${k}`;
  const parts = [of, site.replace(/^blocks\.(\d+)\.(?:hook_)?/, "$1-"), size, sparsity];
  return [...parts, ...(isTranscoder === true ? ["transcoder"] : []), ...(seed === 1 ? [] : [`seed${seed}`])].join("-");
}
