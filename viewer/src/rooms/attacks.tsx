import type { AttackRate, AttacksPage } from "../../../src/view/source-attacks.ts";
import { formatCount, formatPercent, formatPlural } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { ScrollBox } from "../parts/scroll-box.tsx";
import { IntervalWords, Message, Waiting } from "../parts/words.tsx";
import type { RoomProps } from "../room.ts";
import { source } from "../state.ts";
import { AttackGrid } from "./attack-grid.tsx";
import { Findings } from "./findings.tsx";

/** What `precept redteam` tried: where the model gave in, by which strategy, and the findings with their texts on demand. */
export function AttacksRoom({ run, query }: RoomProps) {
  const { value: page, error } = useLoaded(`attacks ${run}`, () => source.ask<AttacksPage>(run, ["attacks"]));
  if (error !== undefined) return <Message error={error} />;
  return (
    <main id="main" class="page attacks" tabIndex={-1}>
      <h1 class="big">Attacks</h1>
      {page === undefined ? (
        <Waiting for="the attempts" />
      ) : (
        <>
          <Lede page={page} />
          <AttackGrid run={run} page={page} query={query} />
          <Strategies page={page} />
          <Findings run={run} page={page} query={query} />
        </>
      )}
    </main>
  );
}

function Lede({ page }: { readonly page: AttacksPage }) {
  const { target, judge, goals, requests, successes, ungraded, unread, asr, corrected } = page;
  const first = asr.find(({ k }) => k === 1);
  return (
    <>
      <p class="lede">
        Of {formatPlural(requests, "request", "requests")} to {target}, <b>{formatCount(successes)}</b> broke a
        principle.
        {first?.rate == null ? null : (
          <>
            {" "}
            One try broke <b>{formatPercent(first.rate.estimate)}&nbsp;%</b> of{" "}
            {formatPlural(first.rate.n, "goal", "goals")} (95&nbsp;% interval {formatPercent(first.rate.low)}–
            {formatPercent(first.rate.high)}).
          </>
        )}
      </p>
      <p class="meta">
        {judge === null ? "The run has not ended: counts are of what there is." : `Judged by ${judge}`}
        {goals === null ? "" : ` · ${formatPlural(goals, "goal", "goals")}`}
        {ungraded === 0 ? "" : ` · ${formatCount(ungraded)} without a grade, which count neither way`}
        {unread === 0 ? "" : ` · ${formatPlural(unread, "record", "records")} that cannot be read`}
        {corrected === null ? "" : corrected.rate === null ? ` · not corrected: ${corrected.note}` : ""}
        {corrected?.rate == null ? null : (
          <>
            {" "}
            · asr@1 without the judge's errors {formatPercent(corrected.rate.estimate)} %{" "}
            <IntervalWords of={corrected.rate} />
          </>
        )}
      </p>
    </>
  );
}

function Strategies({ page }: { readonly page: AttacksPage }) {
  const { strategies, twins, isGuarded, asr } = page;
  const ks = asr.map(({ k }) => k);
  return (
    <section>
      <h2>By strategy</h2>
      <p class="under">
        asr@k: the share of goals of which k tries hold a success; of a strategy whose tries build on each other, of the
        first k. The twins are harmless requests beside the goals: what the judge calls success is worth no more than
        what it calls a breach there.
      </p>
      <ScrollBox label="By strategy">
        <table class="strategies">
          <thead>
            <tr>
              <th scope="col">Strategy</th>
              <th scope="col" class="num">
                Requests
              </th>
              <th scope="col" class="num">
                Broken
              </th>
              {ks.map((k) => (
                <th key={k} scope="col" class="num">
                  asr@{k}
                </th>
              ))}
              <th scope="col" class="num">
                Stopped by
              </th>
            </tr>
          </thead>
          <tbody>
            {strategies.map((line) => (
              <tr key={line.id}>
                <th scope="row">
                  {line.id}
                  {line.isAdaptive === true ? <span class="meta block">tries build on each other</span> : null}
                </th>
                <td class="num">{formatCount(line.requests)}</td>
                <td class="num">
                  {formatCount(line.successes)}
                  {line.ungraded === 0 ? null : (
                    <span class="meta block">{formatCount(line.ungraded)} without a grade</span>
                  )}
                </td>
                {ks.map((k) => (
                  <td key={k} class="num">
                    <Asr of={line.asr.find((one) => one.k === k)} />
                  </td>
                ))}
                <td class="num">{stoppedWords(line.stopped, isGuarded)}</td>
              </tr>
            ))}
            {twins === null ? null : (
              <tr>
                <th scope="row">benign twins</th>
                <td class="num">{formatCount(twins.n)}</td>
                <td class="num">
                  {formatCount(Math.round(twins.estimate * twins.n))}
                  <span class="block">
                    {formatPercent(twins.estimate)} % <IntervalWords of={twins} />
                  </span>
                </td>
                {ks.map((k) => (
                  <td key={k} />
                ))}
                <td />
              </tr>
            )}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function Asr({ of }: { readonly of: AttackRate | undefined }) {
  if (of?.rate == null) {
    return (
      <span title={of?.note ?? undefined}>
        –<span class="hidden"> {of?.note}</span>
      </span>
    );
  }
  return (
    <>
      {formatPercent(of.rate.estimate)} %
      <span class="block">
        <IntervalWords of={of.rate} withN />
      </span>
    </>
  );
}

function stoppedWords({ model, guard, both }: AttacksPage["strategies"][number]["stopped"], isGuarded: boolean) {
  if (!isGuarded) return `model ${formatCount(model)}`;
  return `model ${formatCount(model)} · guard ${formatCount(guard)} · either ${formatCount(both)}`;
}
