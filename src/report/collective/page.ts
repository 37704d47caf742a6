import { renderDocument } from "../document.ts";
import { count } from "../format.ts";
import { html } from "../html.ts";
import { fact } from "../sections/parts.ts";
import { comparisonSection } from "./comparison-section.ts";
import { consensusSection, groupsSection } from "./consensus-section.ts";
import type { CollectiveData } from "./data.ts";
import { mapSection } from "./map-section.ts";
import { principlesSection, unwrittenSection } from "./principles-section.ts";

/** One self-contained page of a conversation: who thinks alike, what all share, what became of it, and how to compute it again. */
export function renderCollectivePage(data: CollectiveData): string {
  const { title, opinion } = data;
  const { question, published } = opinion;
  return renderDocument({
    title,
    header: html`<header>
<p class="kicker">Precept · what a public thinks</p>
<h1>${title}</h1>
<p class="lede">${question}</p>
<dl class="facts">${facts(data)}</dl>
</header>`,
    sections: [
      mapSection(published),
      consensusSection(data),
      groupsSection(data),
      principlesSection(data),
      unwrittenSection(data),
      comparisonSection(data.comparisons),
      integritySection(data),
    ],
  });
}

function facts({ opinion, drafted, provenance }: CollectiveData) {
  const { published, flagged, smallestCell } = opinion;
  const { people, votes, state, groups, statements } = published;
  const shared = statements.filter(({ agreement }) => agreement === "yes").length;
  const ratified = provenance?.ratification?.principles.filter((one) => one.state === "ratified").length;
  return [
    fact("people", count(people)),
    fact("votes", count(votes)),
    fact("groups", state === "groups" ? count(groups.length) : state),
    fact("statements that all groups agree with", count(shared)),
    ...(flagged.people === 0
      ? []
      : [
          fact(
            "flagged voters",
            `${peopleOf(flagged.people, smallestCell)}, ${flagged.isLeftOut ? "left out" : "counted"}${drafted?.withoutFlagged === true ? "; principles were chosen without them" : ""}`,
          ),
        ]),
    ...(drafted === undefined ? [] : [fact("principles", count(drafted.principles.length))]),
    ...(ratified === undefined ? [] : [fact("ratified", count(ratified))]),
  ];
}

/** A number that an earlier version stored may be smaller than may be shown. */
const peopleOf = (people: number | null, smallest: number): string =>
  people === null || people < smallest ? `fewer than ${smallest}` : count(people);

function integritySection({ opinion, head, seed, provenance, verify }: CollectiveData) {
  const { published, smallestCell, flagged } = opinion;
  const { log, configuration } = published.hashes;
  return {
    id: "integrity",
    title: "How to compute this again",
    body: html`<p>Everything above is a pure function of the log up to an event, the configuration and the seed; cells of fewer than ${count(smallestCell)} people are left out${flagged.isLeftOut ? `, and the votes of ${peopleOf(flagged.people, smallestCell)} flagged voters, as the principles were drafted` : ""}.${verify === undefined || flagged.isLeftOut ? undefined : html` <code>${verify}</code> computes it anew.`}</p>
<dl class="provenance"><dt>votes and statements</dt><dd><code>sha256:${log}</code></dd>
<dt>configuration</dt><dd><code>sha256:${configuration}</code></dd>
<dt>seed</dt><dd>${seed}</dd>
${head === undefined ? undefined : html`<dt>log</dt><dd>event ${count(head.seq)}, <code>${head.hash}</code></dd>`}
${provenance === undefined ? undefined : html`<dt>constitution</dt><dd>version ${provenance.version}, <code>${provenance.constitution}</code></dd>`}
${provenance?.ratification === undefined || provenance.ratification === null ? undefined : html`<dt>second vote</dt><dd><code>sha256:${provenance.ratification.log}</code></dd>`}</dl>`,
  };
}
