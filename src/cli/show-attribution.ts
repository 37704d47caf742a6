import { type AttributedExample, type MethodName, methodNames } from "../attribution/index.ts";
import type { AttributedAnswer, ComparedAnswer, ComparedInfluence } from "../project/index.ts";
import { indentUnder, type Page, table } from "./layout.ts";

const shownPrinciples = 5;

/** An answer, the principles whose examples pushed it up, and the examples with their critiques. */
export function showAttribution(answer: AttributedAnswer, page: Page): string {
  const { request, response, answering, method, principles, proponents, opponents, examples, notes } = answer;
  return [
    indentUnder(page, "request", request),
    indentUnder(page, answering, response),
    "",
    page.paint(
      "bold",
      `principles, by ${method} of the stronger half of their examples: its mean, that of all, and the sum with 95 % of sums over examples drawn anew`,
    ),
    principleTable(answer, page),
    ...(principles.length > shownPrinciples
      ? [page.paint("dim", `   … and ${principles.length - shownPrinciples} more`)]
      : []),
    "",
    page.paint("bold", `of ${examples} training examples, those that pushed it up most`),
    ...proponents.flatMap((one) => ["", showExample(one, method, page)]),
    "",
    page.paint("bold", "the one that pushed it down most"),
    "",
    ...opponents.map((one) => showExample(one, method, page)),
    "",
    ...(answer.compared === undefined ? [] : showCompared(answer.compared, page)),
    ...notes.map((note) => page.paint("dim", indentUnder({ ...page, paint: (_, text) => text }, "note", note))),
  ].join("\n");
}

/** The comparisons behind what came after SL-CAI. */
function showCompared({ stage, comparisons, proponents, opponents }: ComparedAnswer, page: Page): string[] {
  const moved = stage === "dpo" ? "log P(answer)" : "the answer's score";
  const showPair = ({ id, request, responses, label, principles, influence }: ComparedInfluence): string => {
    const [better, worse] = label >= 0.5 ? responses : [responses[1], responses[0]];
    return [
      `   ${showScore(influence)}  ${page.paint("bold", id)}  ${Math.round(100 * Math.max(label, 1 - label))} % for the first of these; ${principles.join(", ")}`,
      indentUnder(page, "asked", request),
      indentUnder(page, "better", better),
      indentUnder(page, "worse", worse),
    ].join("\n");
  };
  return [
    page.paint("bold", `of ${comparisons} comparisons that ${stage} learned from, those that moved ${moved} up most`),
    ...proponents.flatMap((one) => ["", showPair(one)]),
    "",
    page.paint("bold", "the one that moved it down most"),
    ...opponents.flatMap((one) => ["", showPair(one)]),
    "",
  ];
}

function principleTable({ principles, method }: AttributedAnswer, page: Page): string {
  const others = otherMethods(principles[0]?.byMethod ?? {}, method);
  const head = [
    "",
    "principle",
    "stronger half",
    "mean",
    "sum",
    "low",
    "high",
    "examples",
    ...others.map((name) => `place by ${name}`),
  ];
  const rows = principles.slice(0, shownPrinciples).map(({ principleId, examples, byMethod }) => {
    const own = byMethod[method];
    const { strongerHalf = 0, mean = 0, sum = 0, low = 0, high = 0, rank = 0 } = own ?? {};
    const places = others.map((name) => String(byMethod[name]?.rank ?? ""));
    return [
      `${rank}`,
      page.paint("cyan", principleId),
      ...[strongerHalf, mean, sum, low, high].map(showScore),
      `${examples}`,
      ...places,
    ];
  });
  return table([head.map((cell) => page.paint("dim", cell)), ...rows], "rlrrrrrrrrr");
}

function showExample({ example, byMethod, agreement }: AttributedExample, method: MethodName, page: Page): string {
  const { id, source, principles, prompt, completion, critiques, missing } = example;
  const others = otherMethods(byMethod, method).map((name) => `${name} ${byMethod[name]?.rank ?? ""}`);
  const { score, rank } = byMethod[method] ?? { score: 0, rank: 0 };
  const head = `${rank}  ${showScore(score)}  ${page.paint("bold", id)}  ${source}; ${others.length === 0 ? "" : `place by ${others.join(", ")}; `}${agreement} of ${others.length + 1} agree`;
  return [
    `   ${head}`,
    indentUnder(page, "asked", typeof prompt === "string" ? prompt : prompt.map(({ content }) => content).join(" ")),
    indentUnder(page, "trained on", completion),
    ...critiques.map(({ text, principleId }) => indentUnder(page, "critique", `${text} (${principleId})`)),
    indentUnder(
      page,
      "principle",
      principles.length === 0 ? "none: the model's own words stayed" : principles.join(", "),
    ),
    ...(missing.length === 0 ? [] : [indentUnder(page, "missing", `no record any more of ${missing.join(", ")}`)]),
  ].join("\n");
}

const otherMethods = (byMethod: Partial<Record<MethodName, unknown>>, method: MethodName): MethodName[] =>
  methodNames.filter((name) => name !== method && byMethod[name] !== undefined);

const showScore = (score: number): string => `${score < 0 ? "" : "+"}${score.toPrecision(3)}`;
