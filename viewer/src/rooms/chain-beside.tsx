import type { Chain, Finding } from "../../../src/view/source.ts";
import { PrincipleLink } from "../parts/principle-link.tsx";
import { ScrollBox } from "../parts/scroll-box.tsx";
import { linkTo } from "../route.ts";

interface Props {
  readonly run: string;
  readonly chain: Chain;
}

const signs: Readonly<Record<Finding, readonly [sign: string, says: string]>> = {
  breaks: ["✕", "breaks"],
  keeps: ["·", "keeps"],
  unclear: ["?", "unclear"],
};

/** What every principle found in every round; each finding leads to its critique. */
export function FindingMatrix({ run, chain }: Props) {
  const asked = new Set(chain.rounds.flatMap(({ critiques }) => critiques.map(({ principle }) => principle)));
  const principles = chain.principles.filter(({ id }) => asked.has(id));
  if (principles.length === 0) return null;
  return (
    <section>
      <h3 id="matrix">What every principle found</h3>
      <ScrollBox label="What every principle found">
        <table class="matrix" aria-labelledby="matrix">
          <thead>
            <tr>
              <td />
              {chain.rounds.map(({ round }) => (
                <th key={round} scope="col">
                  <span class="hidden">round </span>
                  {round}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {principles.map(({ id }) => (
              <tr key={id}>
                <th scope="row">{id}</th>
                {chain.rounds.map(({ round, critiques, revision }) => {
                  const critique = critiques.find(({ principle }) => principle === id);
                  if (critique === undefined) return <td key={round} />;
                  const [sign, says] = signs[critique.finding];
                  const isUsed = revision?.principle === id;
                  return (
                    <td key={round}>
                      <a
                        class={`${critique.finding}${isUsed ? " used" : ""}`}
                        href={linkTo(run, "record", critique.id)}
                        title={`round ${round}, ${id}: ${says}${isUsed ? ", revised under it" : ""}`}
                      >
                        <span aria-hidden="true">{sign}</span>
                        <span class="hidden">
                          {says}
                          {isUsed ? ", revised under it" : ""}
                        </span>
                      </a>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      <p class="meta legend">
        <span class="breaks">✕</span> breaks
        <span class="breaks used">✕</span> revised under it
        <span>·</span> keeps
        {chain.rounds.some(({ critiques }) => critiques.some(({ finding }) => finding === "unclear"))
          ? " ? unclear"
          : ""}
      </p>
    </section>
  );
}

/** From the prompt to the training row, each node a link; principles join where they asked for a revision. */
export function Origin({ run, chain }: Props) {
  const { response, rounds, examples, row } = chain;
  return (
    <section>
      <h3>{examples.length === 0 ? "What was made of it" : "Where the row comes from"}</h3>
      <ol class="origin">
        <li class="prompt">
          <a href={linkTo(run, "chains", row.id)}>prompt</a> <span class="meta">{row.id.replace(/^sl-cai-/u, "")}</span>
        </li>
        {response === null ? null : (
          <li class="response">
            <a href={linkTo(run, "record", response.id)}>response</a> <span class="meta">{response.model}</span>
          </li>
        )}
        {rounds.map(({ round, revision }) =>
          revision === null ? null : (
            <li key={round} class="joined">
              <a href={linkTo(run, "record", revision.id)}>revision {round}</a>{" "}
              <span class="meta">{revision.outcome}</span>
              <span class="joins">
                <PrincipleLink run={run} id={revision.principle} />
              </span>
            </li>
          ),
        )}
        {examples.map(({ id, weight }) => (
          <li key={id} class="example">
            <a href={linkTo(run, "record", id)}>training row</a> <span class="meta">weight {weight}</span>
          </li>
        ))}
        {examples.length === 0 ? <li class="none">no training row: left out</li> : null}
      </ol>
    </section>
  );
}
