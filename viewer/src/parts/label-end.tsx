import type { LabelTask, SheetName } from "../../../src/view/source-desk.ts";
import { formatCount, formatPercent } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { linkTo } from "../route.ts";
import { rooms, source } from "../state.ts";
import { ScrollBox } from "./scroll-box.tsx";
import { IntervalWords, Message, Waiting } from "./words.tsx";

interface Props {
  readonly run: string;
  readonly name: SheetName;
  readonly task: LabelTask;
}

/** How far the judge agrees with the person, told only once the person has done. */
export function LabelEnd({ run, name, task }: Props) {
  const { value, error } = useLoaded(`${run}/agreement/${JSON.stringify(name)}`, () =>
    source.labelAgreement(run, name),
  );
  if (error !== undefined) return <Message error={error} />;
  if (value === undefined) return <Waiting for="what the judge said" />;
  const { agreement, kappa, warnings, labels, table, judge, disagreements, command } = value;
  return (
    <>
      <h1 class="big">{formatPercent(agreement.estimate)} % agree</h1>
      <p class="lede">
        The judge (<code>{judge}</code>) said what you said of {formatPercent(agreement.estimate)} %{" "}
        <IntervalWords of={agreement} withN />
        {kappa === null ? null : (
          <>
            ; kappa {kappa.estimate.toFixed(2)}{" "}
            <span class="interval">
              {kappa.low.toFixed(2)}–{kappa.high.toFixed(2)}
            </span>
          </>
        )}
        .
      </p>
      {warnings.map((warning) => (
        <p key={warning} class="meta gap">
          {warning}
        </p>
      ))}
      <section>
        <h2>What was said</h2>
        <ScrollBox label="Labels of the person and of the judge">
          <table class="said-table">
            <thead>
              <tr>
                <th scope="col">You</th>
                {labels.map((label) => (
                  <th key={label} scope="col" class="num">
                    judge: {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {labels.map((label, i) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  {(table[i] ?? []).map((n, j) => (
                    <td key={labels[j]} class="num">
                      {i === j ? <b>{formatCount(n)}</b> : formatCount(n)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      </section>
      {disagreements.length === 0 ? null : (
        <section>
          <h2>Where you differ</h2>
          <ul class="differ">
            {disagreements.map(({ id, title, given, judge: said }) => (
              <li key={id}>
                <a
                  href={linkTo(run, task.isPair && rooms.value.has("comparisons") ? "comparisons" : "record", id)}
                  dir="auto"
                >
                  {title}
                </a>{" "}
                <span class="meta">
                  you: {given}, judge: {said}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>Next</h2>
        <p class="under">
          These are the labels of the run’s own judge. A certificate of another one, asked anew about the same answers:
        </p>
        <p>
          <code>{command}</code>
        </p>
      </section>
    </>
  );
}
