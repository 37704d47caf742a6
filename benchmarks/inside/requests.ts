import { fitProbe, type ProbeRows, readSites } from "../../src/project/index.ts";
import { withAndWithoutWord } from "../../src/project/inside/labelled-texts.ts";
import { hash32 } from "../../src/rng.ts";
import type { Estimate } from "../../src/statistics/index.ts";
import { type Site, siteOf } from "../../src/transformer/index.ts";
import { type LabelledRequest, readShelf, readXstest, shelfOf } from "../guard-english/shelf.ts";
import { type InsideJob, tableOf, withPlace } from "./shared.ts";

const area = ({ estimate, low, high }: Estimate): string =>
  `${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

/** Of ten requests six are learned from, two choose the layer, two are reported. */
const partOf = ({ text }: LabelledRequest): "fit" | "choose" | "held" => {
  const place = hash32(text) % 10;
  return place < 6 ? "fit" : place < 8 ? "choose" : "held";
};

/** Harmful requests against harmless ones on a real model, before its answer: `job.run` is a checkpoint or a GGUF file. */
export async function measureRequests(job: InsideJob): Promise<string> {
  const shelf = shelfOf();
  if (shelf === undefined) throw new Error("no benchmark data: set PRECEPT_DATA to the shelf's folder");
  const requests = await readShelf(shelf, 1);
  const xstest = await readXstest(shelf);
  return withPlace(job.run, async (place) => {
    const { layers } = place.model.config;
    const chosen = [...new Set([0.25, 0.5, 0.75, 1].map((share) => Math.round(share * (layers - 2))))];
    const sites = chosen.map((layer): Site => siteOf(layer, "resid_post"));
    const asText = ({ text, isHarmful, word }: LabelledRequest) => ({ content: text, broken: isHarmful, word });
    const readTexts = (texts: readonly ReturnType<typeof asText>[]) =>
      readSites({ place, reading: "request" }, sites, texts);
    const read = (rows: readonly LabelledRequest[]): Promise<ProbeRows[]> => readTexts(rows.map(asText));
    const [fit, choose, held] = [
      await read(requests.filter((one) => partOf(one) === "fit")),
      await read(requests.filter((one) => partOf(one) === "choose")),
      await read(requests.filter((one) => partOf(one) === "held")),
    ];
    const probes = chosen.map((layer, i) => {
      const [a, b] = [fit[i], choose[i]];
      if (a === undefined || b === undefined) throw new RangeError("no activations");
      return { layer, i, ...fitProbe(a, b, { name: place.name, falsePositiveRate: 0.05 }) };
    });
    const best = probes.reduce((a, b) => (b.heldOut.logistic.estimate > a.heldOut.logistic.estimate ? b : a));
    const paired = withAndWithoutWord(xstest.map(asText));
    const measured: [string, ProbeRows[]][] = [
      ["held out", held],
      ["XSTest's contrast pairs", await read(xstest)],
      ["those of them that hold their word", await readTexts(paired.map(({ plain }) => plain))],
      ["the same without it", await readTexts(paired.map(({ blind }) => blind))],
    ];
    const rows = measured.map(([name, own]) => {
      const { logistic, difference, words, gain, positives, n } = best.measure(own[best.i] as ProbeRows);
      return [name, area(logistic), area(difference), area(words), area(gain), `${positives} of ${n}`];
    });
    const tried = probes.map(({ layer, heldOut }) => `${layer}: ${heldOut.logistic.estimate.toFixed(3)}`).join(", ");
    return [
      `${place.name}: areas under the curve, with 95 % intervals, of what it has at the last token of a request, before its answer; ${fit[0]?.labels.length} requests were learned from (StrongREJECT, JailbreakBench and HarmBench's development set against TruthfulQA and Self-Instruct, as many of each kind). Layer ${best.layer} of ${layers}, the best on ${choose[0]?.labels.length} others (area by layer: ${tried}).`,
      tableOf(["requests", "logistic", "difference of means", "words alone", "logistic − words", "harmful"], rows),
    ].join("\n\n");
  });
}
