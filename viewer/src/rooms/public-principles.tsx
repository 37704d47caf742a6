import type { WrittenConstitution, WrittenPrinciple } from "../../../src/view/source-public.ts";
import { formatCount, formatPercent, formatPlural } from "../format.ts";
import { IntervalWords } from "../parts/words.tsx";
import { linkTo } from "../route.ts";

interface Props {
  readonly run: string;
  readonly constitution: WrittenConstitution;
}

/** The principles that a public wrote, with what the second vote said; and what stays open. */
export function PublicPrinciples({ run, constitution }: Props) {
  const { version, drafter, chosen, weighting, unvoted, principles } = constitution;
  const ratified = principles.filter(({ state }) => state === "ratified").length;
  return (
    <section>
      <h2>The constitution</h2>
      <p class="under">
        {version === null ? "" : `Version ${version}. `}
        {formatPlural(principles.length, "principle", "principles")}
        {unvoted === null ? `, of which ${formatCount(ratified)} were ratified` : ""}, written by <code>{drafter}</code>{" "}
        of the statements {chosen}; weights: {weighting}. {unvoted}
      </p>
      <ol class="public-list written">
        {principles.map((principle) => (
          <li key={principle.id}>
            <a href={linkTo(run, "public", principle.id)} dir="auto">
              {principle.text}
            </a>
            <p class="meta">
              <SecondVote of={principle} />
              <code>{principle.id}</code>
              {` · ${formatPlural(principle.statements, "statement", "statements")}`}
              {principle.weight === 1 ? "" : ` · weight ${principle.weight.toPrecision(3)}`}
            </p>
          </li>
        ))}
      </ol>
      <Open run={run} constitution={constitution} />
    </section>
  );
}

const signs = { ratified: "✓", refused: "✕", "needs more votes": "○", "no second vote": "" } as const;

/** "✓ ratified by 84.0 % (71.5–91.7 · n 50) · " */
export function SecondVote({ of: { state, share } }: { readonly of: WrittenPrinciple }) {
  if (state === "no second vote") return null;
  return (
    <>
      <span class={`verdict ${state === "refused" ? "alarm" : ""}`}>
        {signs[state]} {state}
      </span>
      {share === null ? null : (
        <>
          {" "}
          by {formatPercent(share.estimate)} % <IntervalWords of={share} withN />
        </>
      )}
      {" · "}
    </>
  );
}

function Open({ run, constitution: { conflicts, unwritten, unrepresented } }: Props) {
  if (conflicts.length + unwritten.length + unrepresented.length === 0) return null;
  return (
    <>
      <h3>What stays open</h3>
      <ul class="open-list">
        {conflicts.map(({ ids, by, why }) => (
          <li key={ids.join()}>
            <a href={linkTo(run, "public", ids[0])}>{ids[0]}</a> and{" "}
            <a href={linkTo(run, "public", ids[1])}>{ids[1]}</a> conflict, by {by}: {why}.
          </li>
        ))}
        {unwritten.map(({ statement, demand, fault }) => (
          <li key={`${statement} ${demand}`}>
            No principle was made of <q dir="auto">{demand}</q> <code>{statement}</code>: {fault}.
          </li>
        ))}
        {unrepresented.map(({ statement, text, voters }) => (
          <li key={statement}>
            {formatPlural(voters, "person agrees", "people agree")} with <q dir="auto">{text}</q> and with nothing that
            was chosen.
          </li>
        ))}
      </ul>
    </>
  );
}
