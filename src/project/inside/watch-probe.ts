import { existsSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { loadProbe, type ProbeFile, probeLogits } from "../../interpretability/index.ts";
import { type Site, siteWidth } from "../../transformer/index.ts";
import { promptTokens } from "./answers.ts";
import type { OpenedPlace } from "./open-place.ts";

/** What a probe says of a request before the first word of its answer. */
export interface Watched {
  readonly request: string;
  /** P(the answer breaks the principle). */
  readonly probability: number;
  readonly isAlarm: boolean;
}

/** The checkpoint that a probe in a run's folder is of. @throws PreceptError usage for a probe beside no run. */
export function placeBeside(folder: string): string {
  const stage = loadProbe(folder).model.name.split("@")[1];
  const run = join(folder, "..", "..");
  if (stage !== undefined) return `${run}@${stage}`;
  if (existsSync(join(run, "manifest.json"))) return run;
  throw new PreceptError("usage", {
    attempted: `Watching requests with ${folder}`,
    found: "a probe that stands beside no run",
    expected: "the model that it was trained on",
    remedy: "--model FOLDER, or a GGUF file",
  });
}

/** @throws PreceptError run-invalid for a probe of other weights; usage for one that reads answers. */
export async function watchRequests(
  place: OpenedPlace,
  folder: string,
  requests: readonly string[],
): Promise<{ readonly probe: ProbeFile; readonly watched: readonly Watched[] }> {
  const probe = loadProbe(folder);
  if (probe.model.hash !== place.hash) {
    throw new PreceptError("run-invalid", {
      attempted: `Watching ${place.name}`,
      found: `a probe of ${probe.model.name}, ${probe.model.hash.slice(0, 12)}…`,
      expected: `one of these weights, ${place.hash.slice(0, 12)}…`,
      remedy: `precept probe train ${place.name}`,
    });
  }
  if (probe.reading === "answer") {
    throw new PreceptError("usage", {
      attempted: `Watching ${place.name}`,
      found: "a probe that reads the first words of an answer",
      expected: "one that reads the request, before any word of the answer",
      remedy: `precept probe train ${place.name}, without --over answer`,
    });
  }
  const site = probe.site as Site;
  const sequences = requests.map((request) => promptTokens(place, request));
  const [values] = (await place.model.activations(sequences, [site])) as [Float32Array];
  const width = siteWidth(site, place.model.config);
  const rows = new Float32Array(sequences.length * width);
  let end = 0;
  for (const [row, { length }] of sequences.entries()) {
    end += length;
    rows.set(values.subarray((end - 1) * width, end * width), row * width);
  }
  const [weights, mean, scale] = [probe.weights, probe.mean, probe.scale].map((numbers) =>
    Float64Array.from(numbers),
  ) as [Float64Array, Float64Array, Float64Array];
  const logits = probeLogits({ weights, bias: probe.bias, mean, scale }, rows);
  const watched = requests.map((request, row): Watched => {
    const probability = 1 / (1 + Math.exp(-logits[row]!));
    return { request, probability, isAlarm: probability > probe.threshold };
  });
  return { probe, watched };
}
