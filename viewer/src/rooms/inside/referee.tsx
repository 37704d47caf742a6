import type { Forgetting, Referee } from "../../../../src/view/source-inside.ts";
import { formatCount } from "../../format.ts";
import { ScrollBox } from "../../parts/scroll-box.tsx";
import { nameCheckpoint, nameMethod } from "./methods.ts";

const minus = (value: number, digits: number): string => value.toFixed(digits).replace("-", "−");

/** How far each method is to be trusted, by retrainings. */
export function Referees({ referees }: { readonly referees: readonly Referee[] }) {
  if (referees.length === 0) return null;
  return (
    <section>
      <h2>How far to trust a trace</h2>
      <p class="under">
        The linear datamodeling score: retrained on random halves of the examples, how well a method foretold the order
        of what came of it. 1: always; 0: it says nothing.
      </p>
      {referees.map(({ trained, examples, retrainings, queries, rows }) => (
        <ScrollBox key={trained} label={`Linear datamodeling score, ${trained}`}>
          <table class="numbers narrow-table">
            <caption class="meta">
              {nameCheckpoint(trained)}: {formatCount(retrainings)} halves of {formatCount(examples)} examples,{" "}
              {formatCount(queries)} answers
            </caption>
            <thead>
              <tr>
                <th scope="col">Method</th>
                <th scope="col" class="num">
                  Score
                </th>
              </tr>
            </thead>
            <tbody>
              {[...rows]
                .sort((a, b) => (b.lds?.estimate ?? -1) - (a.lds?.estimate ?? -1))
                .map(({ method, lds, note }) => (
                  <tr key={method}>
                    <th scope="row">{method === "ceiling" ? "the same halves, trained again" : nameMethod(method)}</th>
                    <td class="num">
                      {lds === null ? (
                        <span class="meta">{note}</span>
                      ) : (
                        <>
                          {minus(lds.estimate, 3)}{" "}
                          <span class="interval">
                            {minus(lds.low, 3)} to {minus(lds.high, 3)}
                          </span>
                        </>
                      )}
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </ScrollBox>
      ))}
    </section>
  );
}

const leftOut = { none: "nothing", nearest: "the nearest", random: "random ones" } as const;

/** Memorised or general: answers after training without their nearest examples. */
export function Forgettings({ forgotten }: { readonly forgotten: readonly Forgetting[] }) {
  if (forgotten.length === 0) return null;
  return (
    <section>
      <h2>Memorised or general</h2>
      <p class="under">
        log P of an answer, in nats, after fine-tuning again without some examples; beside it the mean over answers to
        other requests. Memorised: it falls without the nearest and not without random ones, and the others stay.
      </p>
      {forgotten.map(({ request, response, trained, method, without, principle, rows }) => {
        const splits = Object.entries(rows[0]?.siblings ?? {});
        return (
          <div key={JSON.stringify([request, response, trained, method, without])}>
            <h3 dir="auto">{request}</h3>
            <p dir="auto">{response}</p>
            <ScrollBox label={`Without examples: ${request.slice(0, 40)}`}>
              <table class="numbers">
                <caption class="meta">
                  {nameCheckpoint(trained)} without {formatCount(without)} examples, the nearest by {nameMethod(method)}
                  {principle === undefined ? "" : `; others governed by ${principle}`}
                </caption>
                <thead>
                  <tr>
                    <th scope="col">Left out</th>
                    <th scope="col" class="num">
                      This answer
                    </th>
                    {splits.map(([split, { n }]) => (
                      <th scope="col" class="num" key={split}>
                        {split} ({formatCount(n)})
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.left}>
                      <th scope="row">{leftOut[row.left]}</th>
                      <td class="num">{minus(row.logprob, 2)}</td>
                      {splits.map(([split]) => (
                        <td class="num" key={split}>
                          {row.siblings[split] === undefined ? "–" : minus(row.siblings[split].logprob, 2)}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollBox>
          </div>
        );
      })}
    </section>
  );
}
