import type { ProbeFile } from "../interpretability/index.ts";
import type { ProbeFigures, Steered, TrainedProbe, TrainedTextProbe, Watched } from "../project/index.ts";
import type { Estimate } from "../statistics/index.ts";
import { type Page, table } from "./layout.ts";

const area = ({ estimate, low, high }: Estimate): string =>
  `${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
const percent = ({ estimate, low, high }: Estimate): string =>
  `${(100 * estimate).toFixed(0)} [${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)}]`;

const titles = ["", "logistic", "difference of means", "words alone", "logistic − words"];

function rowOf(name: string, figures: ProbeFigures | undefined): string[][] {
  if (figures === undefined) return [];
  const { logistic, difference, words, gain, positives, n } = figures;
  return [[name, area(logistic), area(difference), area(words), area(gain), `${positives} of ${n}`]];
}

/** A row for each set of requests: areas under the curve of the probe, of the difference of means, and of words alone. */
export function showProbe(trained: TrainedProbe, page: Page): string {
  const { folder, probe, fitted, heldOut, unseenTemplates, withoutTheWord, alarms } = trained;
  const rows = [
    ...rowOf("held out", heldOut),
    ...rowOf("unseen templates", unseenTemplates),
    ...rowOf("without the word", withoutTheWord),
  ];
  return [
    `${page.paint("bold", probe.model.name)}: ${probe.principle ?? "any principle"} broken by ${probe.labels}, read at ${probe.site}; ${fitted} requests fitted`,
    "",
    table([[...titles, "broken"].map((title) => page.paint("dim", title)), ...rows], "lrrrrr", 1),
    "",
    `${describeThreshold(probe)} of held-out requests that broke nothing${alarms === undefined ? "" : `; on unseen templates ${(100 * alarms.kept).toFixed(1)} % of those, and ${(100 * alarms.broken).toFixed(1)} % of those that broke it`}`,
    `probe ${folder}`,
  ].join("\n");
}

/** The same of labels that a person brought. */
export function showTextProbe({ folder, probe, fitted, rows }: TrainedTextProbe, page: Page): string {
  const cells = rows.flatMap(({ name, figures }) => rowOf(name, figures));
  return [
    `${page.paint("bold", probe.model.name)}: ${probe.labels}, read at ${probe.site}; ${fitted} requests fitted`,
    "",
    table([[...titles, "labelled true"].map((title) => page.paint("dim", title)), ...cells], "lrrrrr", 1),
    "",
    `${describeThreshold(probe)} of held-out requests that are labelled false`,
    `probe ${folder}`,
  ].join("\n");
}

const describeThreshold = ({ threshold, falsePositiveRate }: ProbeFile): string =>
  `alarm above ${threshold.toFixed(3)}: at most ${(100 * falsePositiveRate).toFixed(1)} %`;

/** A line for each request. */
export function showWatched({ principle, labelled }: ProbeFile, watched: readonly Watched[], page: Page): string {
  const rows = watched.map(({ request, probability, isAlarm }) => [
    isAlarm ? page.paint("yellow", "alarm") : "",
    probability.toFixed(3),
    request,
  ]);
  return table(
    [
      ["", labelled === "requests" ? `P(${principle})` : `P(breaks ${principle ?? "any"})`, ""].map((title) =>
        page.paint("dim", title),
      ),
      ...rows,
    ],
    "lrl",
    1,
  );
}

/** A row for each principle: answers against what it wants, in percent. */
export function showSteered({ rows, unreadable, n }: Steered, name: string, page: Page): string {
  const cells = rows.map(({ principle, plain, steered, random }) => [
    principle,
    percent(plain),
    percent(steered),
    random === undefined ? "–" : (100 * random).toFixed(0),
    String(plain.n),
  ]);
  const titles = ["governed by", "as it is", "steered", "random directions", "n"].map((title) =>
    page.paint("dim", title),
  );
  const share = (value: number): string => (100 * value).toFixed(1);
  return [
    `${page.paint("bold", name)}: answers against what the constitution wants, % of ${n} requests`,
    "",
    table([titles, ...cells], "lrrrr", 1),
    "",
    `no sentence of harbor: as it is ${share(unreadable.plain)} %, steered ${share(unreadable.steered)} %, random directions ${share(unreadable.random)} %`,
  ].join("\n");
}
