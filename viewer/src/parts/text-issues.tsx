import type { ConstitutionCheck, PrincipleChange, TextIssue } from "../../../src/view/source-desk.ts";
import { linkTo } from "../route.ts";
import { rooms } from "../state.ts";
import { ChangedText } from "./record-text.tsx";

const signs = { fault: "✕", error: "✕", warning: "▲" } as const;

interface IssueProps {
  readonly issues: readonly TextIssue[];
  readonly goTo: (line: number) => void;
}

/** What is wrong with a text, the worst first, each leading to its line. */
export function IssueLines({ issues, goTo }: IssueProps) {
  if (issues.length === 0) return <p>Nothing to complain about.</p>;
  const order = ["fault", "error", "warning"] as const;
  const sorted = [...issues].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  return (
    <ul class="issues">
      {sorted.map(({ level, message, line }, i) => (
        <li key={`${i}`}>
          <span class={level === "warning" ? undefined : "alarm"} aria-hidden="true">
            {signs[level]}
          </span>
          <span>
            <b>{level}</b>{" "}
            {line === null ? null : (
              <button type="button" class="line" onClick={() => goTo(line)}>
                line {line}
              </button>
            )}{" "}
            {message}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** How a text differs from the run's, by principle: a moved or reformatted line is no difference. */
export function ChangeLines({ check, run }: { readonly check: ConstitutionCheck; readonly run: string }) {
  const { changes, isSame } = check;
  return (
    <section>
      <h2>Difference to the run’s</h2>
      {changes === null ? (
        <p class="under">It shows once the text can be read.</p>
      ) : changes.length === 0 ? (
        <p class="under">None: {run} was made under this very text, whatever its comments and layout.</p>
      ) : (
        <>
          {isSame ? <p class="under">No model could tell them apart: the hashes are equal.</p> : null}
          <ul class="differences">
            {changes.map((change, i) => (
              <li key={`${i}`}>
                <h3>
                  <Named change={change} run={run} /> <span class="meta">{wordsOf(change)}</span>
                </h3>
                <Difference of={change} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Named({ change: { kind, principle }, run }: { readonly change: PrincipleChange; readonly run: string }) {
  if (principle === null) return kind === "preamble" ? "Preamble" : "Order";
  if (kind === "added" || kind === "renamed" || !rooms.value.has("principles")) return principle;
  return <a href={linkTo(run, "principles", principle)}>{principle}</a>;
}

function wordsOf({ kind, field }: PrincipleChange): string {
  if (kind === "reworded") return field === "text" ? "reworded" : `${field} reworded`;
  return kinds[kind];
}

const kinds: Readonly<Record<Exclude<PrincipleChange["kind"], "reworded">, string>> = {
  added: "added",
  removed: "removed",
  renamed: "renamed",
  reweighted: "weight",
  retagged: "tags",
  rebound: "kind of prompt",
  moved: "now stand in this order",
  preamble: "changed",
};

function Difference({ of: { kind, before, after } }: { readonly of: PrincipleChange }) {
  if (kind === "reworded" || kind === "preamble") {
    if (before !== null && after !== null) return <ChangedText before={before} after={after} />;
  }
  if (kind === "moved") return <p class="meta">{after}</p>;
  return (
    <p class="text" dir="auto">
      {before === null ? null : (
        <del>
          <span class="hidden">removed </span>
          {before}
        </del>
      )}{" "}
      {after === null ? null : (
        <ins>
          <span class="hidden">added </span>
          {after}
        </ins>
      )}
    </p>
  );
}
