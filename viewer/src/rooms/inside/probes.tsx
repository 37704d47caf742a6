import type { Interval } from "../../../../src/view/source.ts";
import type { ProbeLine } from "../../../../src/view/source-inside.ts";
import { formatCount, formatPercent } from "../../format.ts";
import { ScrollBox } from "../../parts/scroll-box.tsx";

/** What probes know before the first word, beside a probe of the request's words alone. */
export function Probes({ probes }: { readonly probes: readonly ProbeLine[] }) {
  if (probes.length === 0) return null;
  const isOf = (kind: "answers" | "requests"): boolean => probes.some(({ labelled = "answers" }) => labelled === kind);
  const asked = [
    ...(isOf("answers") ? ["whether an answer will break a principle"] : []),
    ...(isOf("requests") ? ["whether a request is labelled true"] : []),
  ];
  return (
    <section>
      <h2>Probes</h2>
      <p class="under">
        Areas under the curve: {asked.join(", or ")}, told from within. Beside it a probe of the request's words alone:
        where that is as good, the model's inside told nothing new.
      </p>
      <ScrollBox label="Probes">
        <table>
          <thead>
            <tr>
              <th scope="col">Probe</th>
              <th scope="col">Requests</th>
              <th scope="col" class="num">
                Logistic
              </th>
              <th scope="col" class="num">
                Difference of means
              </th>
              <th scope="col" class="num">
                Words alone
              </th>
              <th scope="col" class="num">
                Logistic − words
              </th>
              <th scope="col" class="num">
                {isOf("requests") ? (isOf("answers") ? "Broken, or labelled true" : "Labelled true") : "Broken"}
              </th>
            </tr>
          </thead>
          <tbody>
            {probes.map((probe) => (
              <Lines key={probe.name} probe={probe} />
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function Lines({ probe }: { readonly probe: ProbeLine }) {
  const { name, of, site, principle, labels, labelled, figures, threshold, falsePositiveRate } = probe;
  const isOfRequests = labelled === "requests";
  const known = figures?.rows ?? [];
  const head = (
    <th scope="rowgroup" rowSpan={Math.max(1, known.length)}>
      {name}
      <span class="meta block">
        {isOfRequests ? labels : `${principle ?? "any principle"} broken by ${labels}`}; {of} at {site}; alarm above{" "}
        {threshold.toFixed(3)}, at most {formatPercent(falsePositiveRate)} % of requests that{" "}
        {isOfRequests ? "are labelled false" : "broke nothing"}
      </span>
    </th>
  );
  if (known.length === 0) {
    return (
      <tr>
        {head}
        <td colSpan={6}>no figures are kept: train it again</td>
      </tr>
    );
  }
  return (
    <>
      {known.map(({ name: set, figures: areas }, i) => (
        <tr key={set}>
          {i === 0 ? head : null}
          <td>{set}</td>
          <Area of={areas.logistic} />
          <Area of={areas.difference} />
          <Area of={areas.words} />
          <Area of={areas.gain} isSigned />
          <td class="num">
            {formatCount(areas.positives)} of {formatCount(areas.n)}
          </td>
        </tr>
      ))}
    </>
  );
}

function Area({ of, isSigned = false }: { readonly of: Interval; readonly isSigned?: boolean }) {
  const format = (value: number): string =>
    `${isSigned && value > 0 ? "+" : ""}${value.toFixed(3)}`.replaceAll("-", "−");
  return (
    <td class="num">
      {format(of.estimate)}
      <span class="interval block">
        {format(of.low)} to {format(of.high)}
      </span>
    </td>
  );
}
