import type { ReportData } from "./data.ts";
import { renderDocument } from "./document.ts";
import { checkAnswersSection } from "./sections/check-answers.ts";
import { gatesSection } from "./sections/check-notes.ts";
import { checkRatesSection } from "./sections/check-rates.ts";
import { contrastSection } from "./sections/contrast.ts";
import { eachPrincipleSection } from "./sections/each-principle.ts";
import { examplesSection } from "./sections/examples.ts";
import { headline } from "./sections/headline.ts";
import { insideAnswersSection, insideFaultsSection } from "./sections/inside-answers.ts";
import { insideFeaturesSection } from "./sections/inside-features.ts";
import { insideProbesSection } from "./sections/inside-probes.ts";
import { labelsSection } from "./sections/labels.ts";
import { moneySection } from "./sections/money.ts";
import { oversightSections } from "./sections/oversight.ts";
import type { Section } from "./sections/parts.ts";
import { principlesSection } from "./sections/principles.ts";
import { costSection, provenanceSection } from "./sections/provenance.ts";
import { qualitySection } from "./sections/quality.ts";
import { ratesSection } from "./sections/rates.ts";
import { reinforcementSection } from "./sections/reinforcement.ts";
import { replaySection } from "./sections/replay.ts";
import { revisionsSection } from "./sections/revisions.ts";
import { rolesSection } from "./sections/roles.ts";
import { runAlarmsSection } from "./sections/run-alarms.ts";
import { shuffledSection } from "./sections/shuffled.ts";
import { tradeoffSection } from "./sections/tradeoff.ts";

/** The page of a project's run. */
export function renderPage(data: ReportData): string {
  return renderDocument({
    title: data.name,
    header: headline(data),
    sections: [
      ...leadSections(data),
      ratesSection(data),
      tradeoffSection(data),
      eachPrincipleSection(data),
      rolesSection(data),
      revisionsSection(data),
      reinforcementSection(data),
      labelsSection(data),
      contrastSection(data),
      ...qualitySection(data),
      insideAnswersSection(data.inside),
      insideFeaturesSection(data.inside),
      insideProbesSection(data.inside),
      insideFaultsSection(data.inside),
      ...oversightSections(data.oversight),
      replaySection(data),
      shuffledSection(data),
      moneySection(data.spent),
      costSection(data),
      provenanceSection(data),
    ],
  });
}

/** Each principle before and after, answers, alarms, gates: what the check says, where there is one. */
function leadSections(data: ReportData): (Section | undefined)[] {
  const { check } = data;
  if (check === undefined) return [principlesSection(data), examplesSection(data), runAlarmsSection(data)];
  const judged = checkAnswersSection(check);
  // Training requests that were revised are what a check of the revised answers shows already.
  const others = data.examples.filter(({ kind }) => judged === undefined || kind !== "revised");
  const behind = examplesSection({ ...data, examples: others });
  return [
    checkRatesSection(check),
    judged === undefined ? undefined : { ...judged, id: "checked" },
    behind,
    runAlarmsSection(data),
    gatesSection(check),
  ];
}
