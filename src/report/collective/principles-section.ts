import {
  describePublicPrinciple,
  type PublicPrinciple,
  type PublicProvenance,
} from "../../collective/drafting/index.ts";
import { count, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { Section } from "../sections/parts.ts";
import type { CollectiveData } from "./data.ts";

/** Principles with the statements that they rest on, the votes, the checks of their wording, and the second vote. */
export function principlesSection({ drafted, provenance }: CollectiveData): Section | undefined {
  if (drafted === undefined) return undefined;
  const known: PublicProvenance = provenance ?? {
    ...{ schemaVersion: 1, constitution: "", version: 1, drafted, ratification: null },
  };
  const { principles, drafter, selection, weighting } = drafted;
  const chosen =
    selection.by === "posterior"
      ? `on which all groups agree with a posterior probability of ${percent(selection.probability)} or more`
      : selection.by === "cutoff"
        ? `whose group-aware consensus, as Polis multiplies it, is ${selection.cutoff} or more`
        : `of a slate of ${selection.size} by proportional approval`;
  return {
    id: "principles",
    title: "Principles",
    body: html`<p>Written by <code>${drafter}</code> of the statements ${chosen}; weights: ${weighting}. Under each principle stand the statements and the votes on them.</p>
${principles.map((principle) => principlePart(principle, known))}`,
  };
}

function principlePart(principle: PublicPrinciple, provenance: PublicProvenance): Html {
  const { id, text, weight, drafts } = principle;
  const second = provenance.ratification?.principles.find((one) => one.id === id);
  return html`<details class="page-of"><summary><strong dir="auto">${text}</strong> <span class="meta">${second?.state ?? "no second vote"}</span></summary>
<div class="why" id="public-${id}"><p class="meta"><code>${id}</code>, weight ${weight}</p>
<dl class="provenance">${describePublicPrinciple(provenance, id).map((line) => html`<dt>${line.label}</dt><dd dir="auto">${line.text}</dd>`)}
${drafts.map((draft) => html`<dt>wording</dt><dd>${draft.by === "model" ? "the model’s" : "by template"}; polarity ${draft.polarity}, scope ${draft.scope}; follows from the statement: ${answer(draft.fromStatement)}, the statement from it: ${answer(draft.fromPrinciple)}${draft.several !== null && draft.several >= 0.5 ? "; the statement may ask for several things" : ""}</dd>`)}</dl></div></details>`;
}

const answer = (yes: number | null): string => (yes === null ? "not answered" : `${percent(yes)} yes`);

/** What became no principle, what contradicts itself, and who was passed over. */
export function unwrittenSection({ drafted, opinion }: CollectiveData): Section | undefined {
  if (drafted === undefined) return undefined;
  const { unwritten, conflicts } = drafted;
  const unrepresented = drafted.unrepresented.filter(({ voters }) => voters >= opinion.smallestCell);
  if (unwritten.length + conflicts.length + unrepresented.length === 0) return undefined;
  return {
    id: "open",
    title: "What stays open",
    body: html`<ul>${unwritten.map(({ statement, demand, fault }) => html`<li>No principle was made of <span dir="auto">“${demand}”</span> (${statement}): ${fault}.</li>`)}
${conflicts.map(({ ids, by, why }) => html`<li><code>${ids[0]}</code> and <code>${ids[1]}</code> conflict (by ${by}): ${why}.</li>`)}
${unrepresented.map(({ statement, voters }) => html`<li>${count(voters)} people agree with ${statement} and with nothing that was chosen.</li>`)}</ul>`,
  };
}
