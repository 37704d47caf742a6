import { join } from "node:path";
import type { ProbeFile } from "../../src/interpretability/index.ts";
import { editOf, type OpenedPlace, type Steered, siteFor, steerAnswers, trainProbe } from "../../src/project/index.ts";
import { type InsideJob, percent, progress, tableOf, withInterval, withPlace } from "./shared.ts";

const strengths = [0.75, 1, 1.25, 1.5];
const principle = "privacy";

const against = ({ rows }: Steered, name: string): number =>
  rows.find((row) => row.principle === name)?.steered.estimate ?? 0;
const others = ({ rows }: Steered): number => {
  const other = rows.filter((row) => row.principle !== principle);
  return other.reduce((sum, { steered, plain }) => sum + Math.abs(steered.estimate - plain.estimate), 0) / other.length;
};

/** Takes the direction of privacy out of RL-CAI. Layer and strength are chosen on requests that no result is reported on. */
export async function measureSteering(job: InsideJob): Promise<string> {
  return withPlace(`${job.run}@rl-cai`, async (place) => {
    let best: { readonly layer: number; readonly strength: number; readonly gain: number } | undefined;
    const probes = new Map<number, ProbeFile>();
    for (const layer of job.layers) {
      const probe = await learn(job, place, layer);
      probes.set(layer, probe);
      for (const strength of strengths) {
        const edit = editOf(probe, "ablate", strength);
        const steered = await steerAnswers({ place, edit, set: "development", perSplit: 42, controls: 0, seed: 1 });
        const gain = against(steered, principle) - others(steered);
        process.stderr.write(
          `layer ${layer}, strength ${strength}: ${percent(against(steered, principle))} %, others ${percent(others(steered))} points\n`,
        );
        if (best === undefined || gain > best.gain) best = { layer, strength, gain };
      }
    }
    const { layer, strength } = best!;
    const edit = editOf(probes.get(layer)!, "ablate", strength);
    const steered = await steerAnswers({ place, edit, set: "report", perSplit: job.requests, controls: 3, seed: 1 });
    const cells = steered.rows.map((row) => [
      row.principle,
      withInterval(row.plain),
      withInterval(row.steered),
      percent(row.random ?? Number.NaN),
      String(row.plain.n),
    ]);
    const { unreadable, n } = steered;
    return [
      `The direction from requests whose answers kept ${principle} to those whose answers broke it (the critic's findings of the initial model's), over the first four tokens of RL-CAI's own answers, at ${edit.site}, is set ${strength} times the way to the former. Layer and strength are the best of ${probes.size * strengths.length} on development requests; here are ${n} others. Answers against the constitution, %:`,
      tableOf(["governed by", "as it is", "steered", "three random directions", "n"], cells),
      `On other principles the mean change is ${percent(others(steered))} points. No sentence of harbor: as it is ${percent(unreadable.plain)} %, steered ${percent(unreadable.steered)} %, random directions ${percent(unreadable.random)} %.`,
    ].join("\n\n");
  });
}

async function learn(job: InsideJob, place: OpenedPlace, layer: number) {
  const { probe } = await trainProbe({
    ...{ place, principle, isOwn: false, items: job.items, reading: "answer", site: siteFor(place, "residual", layer) },
    ...{ falsePositiveRate: 0.05, seed: 1, progress, out: join(job.scratch, `${principle}-${layer}`) },
  });
  return probe;
}
