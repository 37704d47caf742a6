import type { OpenRun } from "../run/open-run.ts";
import { tallyKey } from "../segments/listing.ts";

/** What the indexes of a run's lists have summed up; nothing is read but their heads. */
export class Counts {
  readonly #tally = new Map<string, number>();
  readonly #examples = new Map<string, { readonly score: number; readonly id: string }>();

  constructor(run: OpenRun) {
    for (const { index } of run.files) {
      for (const { head } of index.segments) {
        for (const [key, n] of Object.entries(head.tally)) this.#tally.set(key, (this.#tally.get(key) ?? 0) + n);
        for (const [key, example] of Object.entries(head.examples)) {
          if (example.score > (this.#examples.get(key)?.score ?? Number.NEGATIVE_INFINITY))
            this.#examples.set(key, example);
        }
      }
    }
  }

  of(...key: readonly string[]): number {
    return this.#tally.get(tallyKey(...key)) ?? 0;
  }

  exampleOf(...key: readonly string[]): string | undefined {
    return this.#examples.get(tallyKey(...key))?.id;
  }
}
