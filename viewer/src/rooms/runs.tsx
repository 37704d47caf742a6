import { useEffect, useState } from "preact/hooks";
import type { RunLine } from "../../../src/view/source.ts";
import { formatPercent, formatPlural, formatSince, shortenHash } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { IntervalWords, Message, nameStage, Waiting } from "../parts/words.tsx";
import { linkTo } from "../route.ts";
import { source } from "../state.ts";

/** One line a run, the last changed first. */
export function Runs() {
  const [ticked, tick] = useState<readonly string[]>([]);
  const { value, error } = useLoaded("runs", () => source.runs());
  useEffect(() => {
    document.title = "Runs · Precept";
  }, []);
  if (error !== undefined && value === undefined)
    return (
      <Main>
        <Message error={error} />
      </Main>
    );
  if (value === undefined)
    return (
      <Main>
        <Waiting for="the folder" />
      </Main>
    );
  if (value.runs.length === 0) {
    return (
      <Main>
        <div class="message">
          <h1>No run here yet.</h1>
          <p>
            <code>npx precept demo</code> makes one in about five minutes; or open a folder that holds a{" "}
            <code>manifest.json</code>.
          </p>
        </div>
      </Main>
    );
  }
  return (
    <Main>
      <p class="kicker">{value.folder}</p>
      <h1 class="big">Runs</h1>
      {ticked.length === 2 ? (
        <p class="tools" role="status">
          <a class="button" href={`#/compare?${new URLSearchParams({ a: ticked[0] ?? "", b: ticked[1] ?? "" })}`}>
            Compare {ticked[0]} with {ticked[1]}
          </a>
        </p>
      ) : null}
      <ul class="runs">
        {value.runs.map((line) => (
          <RunItem
            key={line.name}
            line={line}
            isTicked={ticked.includes(line.name)}
            tick={value.runs.length < 2 ? undefined : () => tick(toggle(ticked, line.name))}
          />
        ))}
      </ul>
    </Main>
  );
}

const Main = ({ children }: { readonly children: preact.ComponentChildren }) => (
  <main id="main" class="page" tabIndex={-1}>
    {children}
  </main>
);

/** The two that were ticked last. */
function toggle(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names.filter((it) => it !== name) : [...names, name].slice(-2);
}

interface ItemProps {
  readonly line: RunLine;
  readonly isTicked: boolean;
  /** Absent where there is nothing to compare with. */
  readonly tick: (() => void) | undefined;
}

function RunItem({ line, isTicked, tick }: ItemProps) {
  const [now] = useState(() => Date.now());
  const { constitution, headline } = line;
  const facts = [
    line.of,
    line.models.join(", "),
    line.seed === null ? null : `seed ${line.seed}`,
    line.cost === null ? null : `$${line.cost.toFixed(2)}`,
    formatSince(line.changed, now),
  ].filter((fact) => fact !== null && fact !== "");
  return (
    <li>
      {tick === undefined ? null : (
        <label class="tick">
          <input type="checkbox" checked={isTicked} onChange={tick} />
          <span class="hidden">Compare {line.name}</span>
        </label>
      )}
      <a href={linkTo(line.name, "overview")}>
        <span class="name">{line.name}</span>
        <span class="what">
          {constitution === null ? null : (
            <span class="block">
              {constitution.name}
              {constitution.principles === 0
                ? null
                : `, ${formatPlural(constitution.principles, "principle", "principles")}`}{" "}
              {constitution.hash === null ? null : <code>{shortenHash(constitution.hash)}</code>}
            </span>
          )}
          <span class="meta block">{facts.join(" · ")}</span>
          {line.fault === null ? null : <span class="alarm meta block">✕ {line.fault}</span>}
        </span>
        <span class="rate">
          {headline === null ? null : (
            <>
              <b>{formatPercent(headline.rate.estimate)}</b> % <IntervalWords of={headline.rate} withN />
              <span class="meta block">
                {headline.label.toLowerCase()} after {nameStage(headline.checkpoint)}
              </span>
            </>
          )}
        </span>
        <span class="state">
          {nameState(line)}
          {line.alarms === 0 ? null : <span class="alarm block">▲ {formatPlural(line.alarms, "alarm", "alarms")}</span>}
        </span>
      </a>
    </li>
  );
}

function nameState({ state, stages }: RunLine): string {
  if (state === "done") return "done";
  const running = stages.find(({ status }) => status === "running");
  const at = running === undefined ? "" : ` at ${nameStage(running.name)}`;
  return state === "running" ? `running${at}` : `stopped${at}`;
}
