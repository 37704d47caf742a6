import { join } from "node:path";
import {
  ActivationStore,
  Encoder,
  learnDictionary,
  measureSplicedLoss,
  writeActivations,
} from "../../src/interpretability/index.ts";
import { featureDefaults } from "../../src/project/index.ts";
import { inspectionText } from "../../src/worlds/harbor/index.ts";
import { type InsideJob, progress, siteOfJob, tableOf, withInterval, withPlace } from "./shared.ts";

/** Loss recovered over sizes and k: one store, a quarter of the default training each. */
export async function measureFrontier(job: InsideJob): Promise<string> {
  return withPlace(`${job.run}@rl-cai`, async (place) => {
    const { model } = place;
    const site = siteOfJob(place);
    const textAt = (n: number): number[] => model.tokenizer.encode(inspectionText(1, n));
    const folder = join(job.scratch, "frontier");
    const rows = Math.ceil(job.rows / 4);
    await writeActivations({
      folder,
      models: [place],
      sites: [site],
      textAt,
      textsName: "harbor, seed 1",
      rows,
      seed: 1,
      progress,
    });
    const store = new ActivationStore(folder);
    const texts = Array.from({ length: 400 }, (_, n) => model.tokenizer.encode(inspectionText(1_000_004, n)));
    const cells: string[][] = [];
    for (const size of job.sizes) {
      const row = [String(size)];
      for (const k of job.ks) {
        const steps = Math.floor((store.rows * job.passes) / featureDefaults.batch);
        const options = { ...featureDefaults, size, k, steps };
        const { dictionary } = await learnDictionary({
          folder: join(job.scratch, `${size}-${k}`),
          store,
          options,
          progress,
        });
        const encoder = await Encoder.create(dictionary);
        const { recovered, unexplained } = await measureSplicedLoss(
          model,
          { dictionary, encoder, site, rebuiltSite: site },
          texts,
        );
        await encoder.release();
        row.push(`${withInterval(recovered)}; ${(100 * unexplained).toFixed(1)}`);
      }
      cells.push(row);
    }
    const read = store.rows * job.passes;
    return [
      `Loss recovered against the mean, %; variance left, %. ${store.rows.toLocaleString("en")} activations, ${read.toLocaleString("en")} read, 400 other texts, ${site}, seed 1.`,
      tableOf(["features", ...job.ks.map((k) => `k = ${k}`)], cells),
    ].join("\n\n");
  });
}
