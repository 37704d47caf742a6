import { stringify } from "yaml";
import { omitUndefined } from "../../omit-undefined.ts";
import { isEstimate, type Measured, noteOf } from "../../statistics/index.ts";
import { areas } from "./areas.ts";
import { type AreaId, areaIds, type CardFigure, type FigureSource, type FoundCard } from "./found.ts";
import { licenceFields } from "./licences.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";

/** A figure as the card shows it. */
export function showFigure(
  measured: Measured,
  kind: CardFigure["kind"],
): readonly [value: string, interval: string, n: string] {
  const show = (value: number): string => (kind === "rate" ? `${(100 * value).toFixed(1)} %` : value.toFixed(3));
  if (measured.estimate === null) return ["–", noteOf(measured) ?? "", String(measured.n)];
  const interval = isEstimate(measured) ? `${show(measured.low)} to ${show(measured.high)}` : (noteOf(measured) ?? "");
  const { undetermined, n } = measured;
  return [show(measured.estimate), interval, undetermined === undefined ? String(n) : `${n}, ${undetermined.n} unread`];
}

const showSource = ({ file, keys }: FigureSource): string => codeSpan(`${file}#/${keys.join("/")}`);

/** The card as Markdown, with the header that the Hugging Face hub reads (hub-docs, modelcard.md). */
export function writeCard(card: Omit<FoundCard, "format">): string {
  const byArea = Map.groupBy(card.figures, ({ area }) => area);
  return [
    `---\n${stringify(metadataOf(card))}---\n`,
    `# ${escapeMarkdown(card.name)}\n`,
    `Everything here was read from the records of the run; the last column says where each figure stands. Intervals are of 95 %, and \`n\` counts items.\n`,
    "| | | record |",
    "| --- | --- | --- |",
    ...card.facts.map(
      ({ name, value, source }) =>
        `| ${name} | ${escapeMarkdown(value)} | ${source === undefined ? "" : showSource(source)} |`,
    ),
    "",
    "## What the suites say\n",
    ...areaIds.flatMap((id) => areaSection(id, byArea.get(id) ?? [])),
    ...departureSection(card),
    "## What was not measured\n",
    ...card.unmeasured.map(({ what, how }) => `- ${what}: ${how}`),
    "- economic impact: who gains or loses work or income by this model, here or elsewhere. No suite measures it, and nothing here says anything of it.",
    "- what people do with the answers, and what comes of it.",
    "",
    ...(card.leftOut.length === 0
      ? []
      : [
          "Left out, since they are of another model or an earlier state of this one:\n",
          ...card.leftOut.map(
            ({ suite, of, file }) => `- ${escapeMarkdown(suite)} of ${escapeMarkdown(of)} (${codeSpan(file)})`,
          ),
          "",
        ]),
    ...usageSection(card.usage),
    ...decisionSection(card),
  ].join("\n");
}

function areaSection(id: AreaId, figures: readonly CardFigure[]): string[] {
  if (figures.length === 0) return [];
  const rows = figures.map(({ suite, metric, kind, measured, note, source }) => {
    const [value, interval, n] = showFigure(measured, kind);
    const what = `${escapeMarkdown(suite)}, ${escapeMarkdown(metric)}${note === undefined ? "" : ` (${escapeMarkdown(note)})`}`;
    return `| ${what} | ${value} | ${interval} | ${n} | ${showSource(source)} |`;
  });
  return [
    `### ${areas[id].title}\n`,
    "| suite, metric | value | 95 % interval | n | record |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ];
}

function departureSection({ departures, principles }: Pick<FoundCard, "departures" | "principles">): string[] {
  const head = "## Where it departs from its constitution\n";
  if (principles === 0)
    return [
      head,
      "Nobody has measured how often each principle is broken: `precept check`, or on harbor `precept evaluate RUN`.",
      "",
    ];
  if (departures.length === 0)
    return [
      head,
      "In what was measured, no answer broke a principle. The intervals above say how much that leaves open.",
      "",
    ];
  return [
    head,
    "| principle | answers that break it | 95 % interval | n | record |",
    "| --- | --- | --- | --- | --- |",
    ...departures.map(({ principle, text, measured, source }) => {
      const [value, interval, n] = showFigure(measured, "rate");
      return `| ${escapeMarkdown(principle)}: ${escapeMarkdown(text)} | ${value} | ${interval} | ${n} | ${showSource(source)} |`;
    }),
    "",
    ...departures.flatMap(({ principle, examples }) =>
      examples.map(
        ({ id, request, response }) =>
          `- ${escapeMarkdown(principle)} (${codeSpan(id)}): “${escapeMarkdown(request)}” → “${escapeMarkdown(response)}”`,
      ),
    ),
    "",
  ];
}

function usageSection(usage: FoundCard["usage"]): string[] {
  const head = "## What it is used for\n";
  if (usage === undefined)
    return [head, "Not known: no audit log and no file of requests was given (`--usage FILE`).", ""];
  const { file, requests, topics, least, how, users } = usage;
  const counted = users === undefined ? "requests" : "different users";
  const told =
    topics.length === 0
      ? [`Too few ${counted} to say anything without pointing at somebody: every cell holds ${least} or more.`, ""]
      : [];
  return [
    head,
    `${requests} ${requests === 1 ? "request" : "requests"} of ${codeSpan(file)}; ${how}. No cell holds fewer than ${least}${users === undefined ? "" : " different users"}.\n`,
    ...told,
    ...(topics.length === 0 ? [] : ["| topic | requests |", "| --- | --- |"]),
    ...topics.map(({ topic, requests: n }) => `| ${escapeMarkdown(topic)} | ${n} |`),
    "",
  ];
}

function decisionSection({ decisions }: Pick<FoundCard, "decisions">): string[] {
  const head = "## Decisions under a scaling policy\n";
  if (decisions.length === 0) return [head, "None: `precept gate scaling-policy.yaml RUN` makes them.", ""];
  return [
    head,
    "| when | policy | outcome | decided | record |",
    "| --- | --- | --- | --- | --- |",
    ...decisions.map(
      ({ at, policy, outcome, decision, hash }) =>
        `| ${at.slice(0, 10)} | ${escapeMarkdown(policy)} | ${outcome} | ${escapeMarkdown(decision ?? "")} | ${codeSpan(hash)} |`,
    ),
    "",
  ];
}

/** The metadata of the hub: `model-index` holds every figure that has an interval. */
export function metadataOf({
  name,
  licence,
  figures,
  checkpoint,
  library,
  baseModel,
}: Omit<FoundCard, "format">): Record<string, unknown> {
  const measured = figures.filter((one) => isEstimate(one.measured));
  const bySuite = Map.groupBy(measured, ({ suite }) => suite);
  const results = [...bySuite].map(([suite, own]) => ({
    task: { type: "text-generation", name: "Text generation" },
    dataset: { type: suite.split(",")[0]?.trim().replace(/\s+/gu, "-") ?? suite, name: suite },
    metrics: own.map(({ metric, measured: { estimate } }) => ({ type: metric, name: metric, value: estimate })),
  }));
  return {
    ...licenceFields(licence),
    ...omitUndefined({ library_name: library, base_model: baseModel }),
    pipeline_tag: "text-generation",
    tags: ["constitutional-ai", "precept"],
    ...(results.length === 0 ? {} : { "model-index": [{ name: `${name}, ${checkpoint}`, results }] }),
  };
}
