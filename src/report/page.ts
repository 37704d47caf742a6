import type { ReportData } from "./data.ts";
import { renderDocument } from "./document.ts";
import { eachPrincipleSection } from "./sections/each-principle.ts";
import { examplesSection } from "./sections/examples.ts";
import { headline } from "./sections/headline.ts";
import { labelsSection } from "./sections/labels.ts";
import { principlesSection } from "./sections/principles.ts";
import { costSection, provenanceSection } from "./sections/provenance.ts";
import { qualitySection } from "./sections/quality.ts";
import { ratesSection } from "./sections/rates.ts";
import { reinforcementSection } from "./sections/reinforcement.ts";
import { replaySection } from "./sections/replay.ts";
import { revisionsSection } from "./sections/revisions.ts";
import { rolesSection } from "./sections/roles.ts";
import { tradeoffSection } from "./sections/tradeoff.ts";

/** The page of a project's run. */
export function renderPage(data: ReportData): string {
  return renderDocument({
    title: data.name,
    header: headline(data),
    sections: [
      examplesSection(data),
      ratesSection(data),
      tradeoffSection(data),
      principlesSection(data),
      eachPrincipleSection(data),
      rolesSection(data),
      revisionsSection(data),
      reinforcementSection(data),
      labelsSection(data),
      ...qualitySection(data),
      replaySection(data),
      costSection(data),
      provenanceSection(data),
    ],
  });
}
