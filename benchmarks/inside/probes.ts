import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { loadConstitution } from "../../src/constitution/index.ts";
import { PreceptError } from "../../src/errors.ts";
import { type ProbeFigures, siteFor, trainProbe } from "../../src/project/index.ts";
import type { Estimate } from "../../src/statistics/index.ts";
import { governanceOf } from "../../src/worlds/harbor/index.ts";
import { type InsideJob, percent, progress, tableOf, withPlace } from "./shared.ts";

const area = ({ estimate, low, high }: Estimate): string =>
  `${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

/** What a training kept on its way, where it was asked to. */
function keptOf(run: string, stage: string): string[] {
  const folder = join(run, stage);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const steps = names.flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return steps.sort((a, b) => a - b).map((step) => `${stage}/checkpoint-${step}`);
}

/** P(any principle that bars help is broken) before the first token, of each checkpoint's own answers. */
export async function measureProbes(job: InsideJob): Promise<string> {
  const stages = [
    "initial",
    ...keptOf(job.run, "sl-cai/without-replay"),
    ...keptOf(job.run, "sl-cai"),
    ...["sl-cai", "rl-cai"].filter((stage) => existsSync(join(job.run, stage, "checkpoint"))),
  ];
  const { principles } = governanceOf(await loadConstitution("harbor"));
  const barring = principles.flatMap(({ id, rule }) => (rule.kind === "help" && !rule.wanted ? [id] : [])).join(",");
  const cells: string[][] = [];
  const notes: string[] = [];
  const seen = new Map<string, string>();
  for (const stage of stages) {
    const hash = await withPlace(`${job.run}@${stage}`, async (place) => place.hash);
    const same = seen.get(hash);
    seen.set(hash, stage);
    if (same !== undefined) {
      notes.push(`${stage} has the weights of ${same}, to the byte`);
      continue;
    }
    try {
      const trained = await withPlace(`${job.run}@${stage}`, (place) =>
        trainProbe({
          ...{
            place,
            principle: barring,
            isOwn: true,
            items: job.items,
            reading: "request",
            site: siteFor(place, "residual", undefined),
          },
          ...{
            falsePositiveRate: 0.05,
            seed: 1,
            progress,
            out: join(job.scratch, `probe-${stage.replaceAll("/", "-")}`),
          },
        }),
      );
      const rowOf = (name: string, figures: ProbeFigures | undefined): void => {
        if (figures === undefined) return;
        const { logistic, difference, words, gain, positives, n } = figures;
        cells.push([stage, name, area(logistic), area(difference), area(words), area(gain), `${positives} of ${n}`]);
      };
      rowOf("held out (critic)", trained.heldOut);
      rowOf("unseen templates (oracle)", trained.unseenTemplates);
      rowOf("the same without the word", trained.withoutTheWord);
      if (trained.alarms !== undefined)
        notes.push(
          `${stage}: alarms on ${percent(trained.alarms.kept)} % of answers that kept, and ${percent(trained.alarms.broken)} % of those that broke`,
        );
    } catch (error) {
      if (!(error instanceof PreceptError)) throw error;
      notes.push(`${stage}: ${error.details.found}`);
    }
  }
  return [
    "Areas under the curve, with 95 % intervals: whether the answer will break one of the principles that bar help. Labels of what was learned are the critic's of the checkpoint's own answers, sampled at temperature 1.",
    tableOf(
      ["checkpoint", "requests", "logistic", "difference of means", "words alone", "logistic − words", "broken"],
      cells,
    ),
    `Threshold for 5 % of held-out answers that kept; on unseen templates: ${notes.join("; ")}.`,
  ].join("\n\n");
}
