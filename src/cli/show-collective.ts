import type { Analysis, Consensus, Conversation, Group, Sensitivity, StatementFigures } from "../collective/index.ts";
import { fold, type Page } from "./layout.ts";

const MOST_SHOWN = 8;

/** What an analysis says, for whoever organises the conversation. */
export function showAnalysis(conversation: Conversation, sensitivity: Sensitivity, page: Page): string {
  const { everybody } = sensitivity;
  const textOf = new Map(conversation.statements.map(({ id, text }) => [id, text]));
  const say = (id: string): string => oneLine(textOf.get(id) ?? "", page.width - 30) || `(statement ${id})`;
  return [
    `${people(everybody.positions.length)}, ${countOf(everybody.statements.length, "statement")}, ${countOf(conversation.votes.length, "vote")}`,
    "",
    ...showGroups(everybody, say),
    "",
    ...showConsensus(everybody, say),
    ...showSensitivity(sensitivity, say),
    "",
    `log            sha256:${everybody.hashes.log}`,
    `configuration  sha256:${everybody.hashes.configuration}`,
  ].join("\n");
}

type Say = (id: string) => string;

function showGroups({ grouping, positions }: Analysis, say: Say): string[] {
  if (grouping.state === "no clear groups") return [`groups  no clear groups: ${grouping.reason}`];
  const outside = positions.filter(({ group }) => group === null).length;
  const voted = outside > 0 ? `; ${people(outside)} with too few votes in none` : "";
  return [
    `groups  ${grouping.groups.length}${voted}`,
    ...grouping.groups.flatMap((group, index) => [
      `  ${nameOf(index)}  ${people(group.members.length)}${stabilityOf(group)}`,
      ...group.representative.map(
        ({ statement, direction, probability }) =>
          `       ${direction === "agree" ? "agrees   " : "disagrees"} ${percent(probability)}  ${say(statement)}`,
      ),
    ]),
  ];
}

function stabilityOf({ stability }: Group): string {
  if (stability === null) return "";
  const word = stability > 0.75 ? "stable" : stability > 0.6 ? "a pattern" : "doubtful";
  return `, ${word}: found again to ${percent(stability).trim()} in resampled votes`;
}

function showConsensus({ statements, grouping }: Analysis, say: Say): string[] {
  const who = grouping.state === "groups" ? "all groups" : "everybody, as one group,";
  const select = (kind: "agreement" | "rejection", state: Consensus["state"]): StatementFigures[] =>
    statements.filter((it) => it[kind].state === state).sort((a, b) => b[kind].lower - a[kind].lower);
  const [agreed, rejected] = [select("agreement", "yes"), select("rejection", "yes")];
  const open = select("agreement", "needs more votes").sort(
    (a, b) => b.agreement.probability - a.agreement.probability,
  );
  const neither = statements.filter((it) => it.agreement.state === "no" && it.rejection.state !== "yes").length;
  const unheard = open.filter(({ agreement }) => agreement.missingVotes.some((missing) => missing > 0));
  return [
    ...showList(`${who} agree${grouping.state === "groups" ? "" : "s"} with`, agreed, (it) => share(it.agreement), say),
    ...showList(`${who} reject${grouping.state === "groups" ? "" : "s"}`, rejected, (it) => share(it.rejection), say),
    ...showList("needs more votes", open, (it) => needs(it.agreement), say),
    `neither agreed with nor rejected by ${grouping.state === "groups" ? "all groups" : "everybody"}: ${neither}`,
    ...(unheard.length === 0 ? [] : [`  in ${unheard.length} of them a group has hardly voted yet`]),
  ];
}

function showList(
  title: string,
  list: readonly StatementFigures[],
  figures: (of: StatementFigures) => string,
  say: Say,
): string[] {
  const shown = list.slice(0, MOST_SHOWN).map((it) => `  ${figures(it)}  ${say(it.statement)}`);
  const more = list.length - shown.length;
  return [`${title}: ${list.length}`, ...shown, ...(more > 0 ? [`  … and ${more} more`] : [])];
}

function share({ estimate, lower, upper }: Consensus): string {
  return `${percent(estimate)} [${percent(lower).trim()} – ${percent(upper).trim()}]`.padEnd(21);
}

/** The groups by name whose votes are missing; else how likely it is that all agree. */
function needs({ missingVotes, probability }: Consensus): string {
  const groups = missingVotes.flatMap((missing, group) => (missing > 0 ? [`${nameOf(group)} ${missing}`] : []));
  return (groups.length > 0 ? `votes of ${groups.join(", ")}` : `${percent(probability)} likely`).padEnd(14);
}

function showSensitivity({ flagged, lost, gained, likeness }: Sensitivity, say: Say): string[] {
  if (flagged.length === 0) return ["", "flagged voters: none"];
  const counts = Map.groupBy(
    flagged.flatMap(({ flags }) => flags),
    (flag) => flag,
  );
  const reasons = [...counts].map(([flag, own]) => `${flag} ${own.length}`).join(", ");
  return [
    "",
    `flagged voters: ${flagged.length} (${reasons}); a reason to look, no proof`,
    `  without them ${lost.length} statements fewer and ${gained.length} more are agreed on; groups ${percent(likeness).trim()} alike (adjusted Rand)`,
    ...lost.slice(0, MOST_SHOWN).map((id) => `  fewer: ${say(id)}`),
    ...gained.slice(0, MOST_SHOWN).map((id) => `  more:  ${say(id)}`),
  ];
}

/** A, B, C … */
function nameOf(group: number): string {
  return String.fromCharCode(65 + group);
}

function countOf(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

function people(count: number): string {
  return count === 1 ? "1 person" : `${count.toLocaleString("en-US")} people`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)} %`.padStart(5);
}

/** A statement's text is a stranger's: on one line, its control characters shown as signs. */
function oneLine(text: string, width: number): string {
  const [first = "", ...rest] = fold(text.replace(/\s+/g, " ").trim(), Math.max(width, 20));
  return rest.length > 0 ? `${first.trimEnd()} …` : first;
}
