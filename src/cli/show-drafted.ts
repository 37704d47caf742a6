import { describePublicPrinciple, type PublicConstitution } from "../collective/drafting/index.ts";
import type { DraftedConversation } from "../project/collective/index.ts";
import { fold, type Page } from "./layout.ts";

/** Drafted principles with the statements they rest on, what was refused, and what conflicts. */
export function showDrafted(folder: string, { drafted, putUp, why, flagged }: DraftedConversation, page: Page): string {
  const { principles, unwritten, conflicts, unrepresented, groups, participants } = drafted;
  const lines = [
    page.paint("bold", `${principles.length} principles of ${participants} people, ${groupsOf(groups)}`),
    ...(flagged === 0 ? [] : [page.paint("dim", `${flagged} people are flagged; see the organiser's page`)]),
    ...principles.flatMap(({ id, text, statements }) => [
      "",
      page.paint("cyan", id),
      ...indent(text, page),
      ...statements.flatMap((one) => indent(`${one.id}: ${one.text}`, page).map((line) => page.paint("dim", line))),
    ]),
  ];
  if (unwritten.length > 0)
    lines.push(
      "",
      "no principle was made of",
      ...unwritten.flatMap(({ demand, fault }) => indent(`${demand}: ${fault}`, page)),
    );
  if (conflicts.length > 0)
    lines.push(
      "",
      "in conflict",
      ...conflicts.flatMap(({ ids, by, why: told }) => indent(`${ids.join(" and ")} (by ${by}): ${told}`, page)),
    );
  if (unrepresented.length > 0)
    lines.push(
      "",
      "passed over",
      ...unrepresented.flatMap(({ statement, voters }) =>
        indent(`${voters} people agree with ${statement} and with nothing chosen`, page),
      ),
    );
  lines.push(
    "",
    putUp
      ? `put up for the second vote; the organiser's page opens it, then: precept collective ratify ${folder}`
      : `not put up for a second vote: ${why}`,
    ...(principles.length === 0 && unwritten.length === 0
      ? [
          "what all agree with is not sure enough yet: more votes, or --select cutoff or --select slate, which ask for less",
        ]
      : []),
  );
  return lines.join("\n");
}

/** What the second vote made of each principle. */
export function showRatified(folder: string, { constitution, provenance }: PublicConstitution, page: Page): string {
  return [
    page.paint(
      "bold",
      `${folder}/constitution.yaml, version ${provenance.version}: ${constitution.principles.length} of ${provenance.drafted.principles.length} principles`,
    ),
    page.paint("dim", constitution.hash),
    ...provenance.drafted.principles.flatMap(({ id }) => {
      const second = describePublicPrinciple(provenance, id).find(({ label }) => label === "second vote");
      return [`${page.paint("cyan", id)}: ${second?.text ?? ""}`];
    }),
    `precept run --constitution ${folder}/constitution.yaml trains it in`,
  ].join("\n");
}

const groupsOf = (groups: readonly number[]): string =>
  groups.length === 0 ? "no clear groups" : `groups of ${groups.join(", ")}`;

const indent = (text: string, page: Page): string[] => fold(text, page.width - 3).map((line) => `   ${line}`);
