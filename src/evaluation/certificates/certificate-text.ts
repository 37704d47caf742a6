import type { Certificate } from "./certificate.ts";

type Agreed = Certificate["judgement"];

/** A certificate for people, in Markdown. */
export function certificateMarkdown(certificate: Certificate): string {
  const { judge, date, calibratedOn, items, annotators, undetermined, people, judgement, again } = certificate;
  const { byLabel, ece, flips, warnings } = certificate;
  const { answers, labels, isByRule = false } = calibratedOn;
  const who = isByRule ? "truth" : "people";
  const by = isByRule ? "known by rule" : `labelled by ${annotators} ${annotators === 1 ? "person" : "people"}`;
  return [
    `## ${judge.name} ${judge.version}, ${judge.model ?? "a rule"}`,
    "",
    `${date}, on ${answers}${labels === null ? "" : ` with ${labels}`}: ${items} items ${by}; no verdict on ${share(undetermined)}.`,
    "",
    "| | agreement, % | kappa | alpha | n |",
    "| --- | --- | --- | --- | --- |",
    ...(people === undefined ? [] : [row("person and person", people)]),
    row(`judge and ${who}`, judgement),
    ...(again === undefined ? [] : [row("judge, asked twice", again)]),
    "",
    `| ${who} ${isByRule ? "is" : "say"} | the judge agrees, % |`,
    "| --- | --- |",
    ...Object.entries(byLabel).map(([label, rate]) => `| ${label} | ${percent(rate)} |`),
    "",
    ...confusion(judgement, who),
    ...(ece === undefined
      ? []
      : [
          `ECE ${showValue(ece.equalWidth)} (equal width), ${showValue(ece.equalMass)} (equal mass); Brier ${ece.brier.toFixed(3)}.`,
          "",
        ]),
    ...(flips === undefined ? [] : [`The verdict turned with the order on ${share(flips)}.`, ""]),
    ...warnings.map((warning) => `Warning: ${warning}.`),
    `Judge ${judge.hash}`,
    "",
  ].join("\n");
}

function row(name: string, { agreement, kappa, alpha, n }: Agreed): string {
  return `| ${name} | ${percent(agreement)} | ${showValue(kappa)} | ${showValue(alpha)} | ${n} |`;
}

function confusion({ labels, table }: Agreed, who: string): string[] {
  return [
    `| ${who} \\ judge | ${labels.join(" | ")} |`,
    `| --- |${labels.map(() => " --- |").join("")}`,
    ...labels.map((label, i) => `| ${label} | ${(table[i] ?? []).join(" | ")} |`),
    "",
  ];
}

function percent({ estimate, low, high, n }: Certificate["undetermined"]): string {
  return `${(100 * estimate).toFixed(1)} [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}] of ${n}`;
}

/** The same in a sentence. */
function share(rate: Certificate["undetermined"]): string {
  return percent(rate).replace(" ", " % ");
}

function showValue(value: Agreed["kappa"]): string {
  if (value.outcome !== "estimated") return `– (${value.reason})`;
  const { estimate, low, high } = value.value;
  return `${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}
