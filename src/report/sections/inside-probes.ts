import type { Estimate } from "../../statistics/index.ts";
import { count, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { InsideData } from "../inside-data.ts";
import { type Section, table } from "./parts.ts";

/** What probes know before the first word, beside a probe of the request's words alone. */
export function insideProbesSection(inside: InsideData | undefined): Section | undefined {
  const measured = inside?.probes.filter(({ figures }) => figures !== undefined) ?? [];
  if (measured.length === 0) return undefined;
  const isOf = (kind: "answers" | "requests"): boolean =>
    measured.some(({ labelled = "answers" }) => labelled === kind);
  const head = html`<th scope="col">Requests</th><th scope="col" class="num">Logistic</th><th scope="col" class="num">Difference of means</th><th scope="col" class="num">Words alone</th><th scope="col" class="num">Logistic − words</th><th scope="col" class="num">${isOf("requests") ? (isOf("answers") ? "Broken, or labelled true" : "Labelled true") : "Broken"}</th>`;
  const rows = measured.map(
    ({ name, of, site, principle, labels, labelled, figures, threshold, falsePositiveRate }) => {
      const isOfRequests = labelled === "requests";
      const told = isOfRequests ? labels : `${principle ?? "any principle"} broken by ${labels}`;
      const negatives = isOfRequests ? "are labelled false" : "broke nothing";
      const about = `${told}; ${of} at ${site}; alarm above ${threshold.toFixed(3)}, at most ${percent(falsePositiveRate)} of requests that ${negatives}`;
      return html`<tr class="group"><th scope="rowgroup" colspan="6">${name}<span class="meta">${about}</span></th></tr>
${(figures?.rows ?? []).map(({ name: set, figures: areas }) => html`<tr><th scope="row">${set}</th>${[areas.logistic, areas.difference, areas.words, areas.gain].map(areaCell)}<td class="num">${count(areas.positives)} of ${count(areas.n)}</td></tr>`)}`;
    },
  );
  return {
    id: "probes",
    title: "Probes",
    body: table(
      "What probes know",
      head,
      rows,
      `Areas under the curve with 95 % intervals: ${[...(isOf("answers") ? ["whether an answer will break a principle"] : []), ...(isOf("requests") ? ["whether a request is labelled true"] : [])].join(", or ")}, told from within before its first word. Where a probe of the request’s words alone is as good, the model’s inside told nothing new.`,
    ),
  };
}

function areaCell({ estimate, low, high }: Estimate): Html {
  const format = (value: number): string => value.toFixed(3).replace("-", "−");
  return html`<td class="num">${format(estimate)}<span class="ci">${format(low)} to ${format(high)}</span></td>`;
}
