import type { TracedAnswer, TracedComparison } from "../../../../src/view/source-inside.ts";
import { formatCount, formatPercent } from "../../format.ts";
import { PrincipleLink } from "../../parts/principle-link.tsx";
import { comparisonLink } from "./links.ts";
import { formatScore } from "./methods.ts";

interface Props {
  readonly run: string;
  readonly answer: TracedAnswer;
}

/** What RL-CAI or DPO learned from, for an answer: the comparisons that moved it most. */
export function Comparisons({ run, answer: { compared, compare } }: Props) {
  if (compared === undefined && compare === null) return null;
  return (
    <section>
      <h2>Comparisons behind it</h2>
      {compared === undefined ? (
        <p class="under">
          What came after SL-CAI learned from comparisons. This command traces the answer to them too:{" "}
          <code>{compare}</code>
        </p>
      ) : (
        <>
          <p class="under">
            Of {formatCount(compared.comparisons)} comparisons, how far each moved{" "}
            {compared.stage === "dpo"
              ? "the answer's log-probability, in nats."
              : "the score that the preference model gives the answer."}
          </p>
          <ol class="suspects">
            {compared.proponents.map((one) => (
              <Line key={one.id} run={run} of={one} />
            ))}
          </ol>
          {compared.opponents.length === 0 ? null : (
            <>
              <h3>The one that moved it down most</h3>
              <ol class="suspects">
                {compared.opponents.map((one) => (
                  <Line key={one.id} run={run} of={one} />
                ))}
              </ol>
            </>
          )}
        </>
      )}
    </section>
  );
}

function Line({ run, of }: { readonly run: string; readonly of: TracedComparison }) {
  const { id, request, responses, label, principles, influence } = of;
  const [better, worse] = label >= 0.5 ? responses : [responses[1], responses[0]];
  return (
    <li>
      <a dir="auto" href={comparisonLink(run, id)}>
        {request}
      </a>
      <p dir="auto">
        {better} <span class="meta">preferred with {formatPercent(Math.max(label, 1 - label))} % over</span> {worse}
      </p>
      <p class="meta">
        {formatScore(influence)}
        {principles.map((principle, i) => (
          <span key={principle}>
            {i === 0 ? " · " : ", "}
            <PrincipleLink run={run} id={principle} />
          </span>
        ))}
      </p>
    </li>
  );
}
