import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { AttributionIndex, buildIndex } from "../../src/attribution/index.ts";
import type { Progress } from "../../src/progress/index.ts";
import { drawAnswers, findAttributed, loadAttributed, readMeasuredAnswers } from "../../src/project/index.ts";

export interface SpeedFigures {
  readonly examples: number;
  /** On the clock and of the processor, for the whole index: curvature, gradients, representations. */
  readonly seconds: number;
  readonly processorSeconds: number;
  /** Of these on the clock, for the pass that reads the gradients. */
  readonly gradientSeconds: number;
  readonly vectorBytes: number;
  readonly indexBytes: number;
  /** Median of queries against the open index. */
  readonly queryMs: number;
  readonly load: number;
}

const count = 4000;

/** Makes an index of 4,000 examples anew, those of the run over again, and asks it. */
export async function measureSpeed(
  place: string,
  { progress, command }: { readonly progress: Progress; readonly command: string },
): Promise<SpeedFigures> {
  const found = findAttributed(place);
  const own = await loadAttributed(found);
  const examples = Array.from({ length: count }, (_, i) => {
    const example = own.examples[i % own.examples.length]!;
    return { ...example, id: `${example.id}/${Math.floor(i / own.examples.length)}` };
  });
  const folder = mkdtempSync(join(tmpdir(), "precept-attribution-"));
  const [start, before] = [performance.now(), process.cpuUsage()];
  let gradients = start;
  const timed: Progress = {
    ...progress,
    start(stage, label, total, unit) {
      if (label.startsWith("gradients")) gradients = performance.now();
      progress.start(stage, label, total, unit);
    },
  };
  try {
    const model = { ...own, examples };
    await buildIndex(folder, model, { progress: timed, command });
    const end = performance.now();
    const { user, system } = process.cpuUsage(before);
    const index = await AttributionIndex.open(folder, model);
    const times: number[] = [];
    for (const query of drawAnswers(await readMeasuredAnswers(found.run, found.trained.replace("/", "-")), 21, 1)) {
      const asked = performance.now();
      await index.score(query);
      times.push(performance.now() - asked);
    }
    await index.dispose();
    const bytesOf = (names: readonly string[]): number =>
      names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const files = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
    return {
      examples: count,
      seconds: (end - start) / 1000,
      processorSeconds: (user + system) / 1e6,
      gradientSeconds: (end - gradients) / 1000,
      vectorBytes: bytesOf(files.filter((name) => name.endsWith(".bf16"))),
      indexBytes: bytesOf(files),
      queryMs: times.sort((a, b) => a - b)[10] ?? Number.NaN,
      load: loadavg()[0] ?? 0,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
