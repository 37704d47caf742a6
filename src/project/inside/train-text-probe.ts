import { basename } from "node:path";
import { keepFigures } from "../../inside/index.ts";
import { type ProbeFile, saveProbe } from "../../interpretability/index.ts";
import { hash32 } from "../../rng.ts";
import { type LabelledText, readLabelledTexts, withAndWithoutWord } from "./labelled-texts.ts";
import {
  fitProbe,
  isTwoSided,
  type ProbeFigures,
  probeFileOf,
  probeFolder,
  type ReadJob,
  readRows,
} from "./probe-rows.ts";

export interface TrainTextProbe extends Omit<ReadJob, "reading"> {
  /** JSON lines with prompt and label. */
  readonly file: string;
  readonly falsePositiveRate: number;
  readonly out?: string | undefined;
}

export interface TrainedTextProbe {
  readonly folder: string;
  readonly probe: ProbeFile;
  readonly fitted: number;
  /** Held-out requests first, then each set; those of its requests that hold their word once more without it. */
  readonly rows: readonly { readonly name: string; readonly figures: ProbeFigures }[];
}

/** Requests without a set: those that are learned from, and those held out, by their text. */
export const isFitted = ({ content }: Pick<LabelledText, "content">): boolean => hash32(content) % 10 < 7;

/** Names of what is measured, with the requests. */
export function measuredSets(texts: readonly LabelledText[]): [string, LabelledText[]][] {
  const sets = Map.groupBy(
    texts.filter(({ set }) => set !== undefined),
    ({ set }) => set ?? "",
  );
  return [...sets].flatMap(([name, own]): [string, LabelledText[]][] => {
    const blind = withAndWithoutWord(own).map((pair) => pair.blind);
    return [
      [name, own],
      ...(blind.length === 0 ? [] : [[`${name}, without the word`, blind] as [string, LabelledText[]]]),
    ];
  });
}

/**
 * A probe of what any checkpoint has at the last token of a request, from labels that a person brings.
 * @throws PreceptError input-invalid; not-enough-evidence without requests of both labels.
 */
export async function trainTextProbe(job: TrainTextProbe): Promise<TrainedTextProbe> {
  const { place, file, falsePositiveRate } = job;
  const texts = await readLabelledTexts(file);
  const own = texts.filter(({ set }) => set === undefined);
  const reading = { ...job, reading: "request" } as const;
  const fit = await readRows(reading, own.filter(isFitted));
  const held = await readRows(
    reading,
    own.filter((text) => !isFitted(text)),
  );
  const fitted = fitProbe(fit, held, {
    ...{ name: place.name, falsePositiveRate, labelled: "requests" },
    remedy: "more requests of both labels: three of ten, by their text, are held out",
  });
  const subject = basename(file).replace(/\.[^.]*$/, "");
  const probe = {
    ...probeFileOf(reading, fitted, `labels of ${basename(file)}`),
    labelled: "requests" as const,
    principle: subject,
  };
  const folder = job.out ?? probeFolder(reading, subject);
  saveProbe(folder, probe);
  const rows = [{ name: "held out", figures: fitted.heldOut }];
  for (const [name, set] of measuredSets(texts)) {
    const read = await readRows(reading, set);
    if (isTwoSided(read.labels)) rows.push({ name, figures: fitted.measure(read) });
  }
  const found = { fitted: fit.labels.length, rows };
  keepFigures(folder, found);
  return { folder, probe, ...found };
}
