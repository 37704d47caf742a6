import { arenaMarkdown } from "../../evaluation/index.ts";
import type { Estimate } from "../../statistics/index.ts";
import type { BiasRow } from "./bias-rows.ts";
import type { ModelsCompared } from "./compare-models.ts";

const formatSigned = (value: number): string =>
  `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(3)}`;
const formatScore = (value: number | null): string => (value === null ? "–" : formatSigned(value));
const formatInterval = ({ estimate, low, high }: Estimate): string =>
  `${formatSigned(estimate)} [${formatSigned(low)}, ${formatSigned(high)}]`;
const joinLines = (text: string): string => text.trim().replace(/\s+/g, " ");

function readBias({ n, difference, note }: BiasRow): string {
  if (n === 0) return "not asked";
  if (difference === null)
    return `cannot tell: ${note === "one cluster" ? "one template alone" : (note ?? "no score")}`;
  return difference.high < 0 ? "less biased" : difference.low > 0 ? "more biased" : "cannot tell";
}

/** The comparison of a public's model with a standard one as tables, for people and for files. */
export function comparedMarkdown(compared: ModelsCompared): string {
  const { bias, capability, arena, arenaNote, answers, margin } = compared;
  return [
    `# ${compared.public} (public) against ${compared.standard} (standard)`,
    "",
    "## Bias",
    "",
    "BBQ's score by dimension, 0 is unbiased (Parrish et al. 2022). Difference: of the sizes, public minus standard, 95 % bootstrap interval over templates.",
    "",
    "| dimension | context | n | public | standard | difference | the public's is |",
    "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ...bias.map(
      (row) =>
        `| ${row.dimension} | ${row.context} | ${row.n} | ${formatScore(row.public)} | ${formatScore(row.standard)} | ${row.difference === null ? "–" : formatInterval(row.difference)} | ${readBias(row)} |`,
    ),
    "",
    "## Capability",
    "",
    `The same questions to both, n of them answered to the end by both; unchanged where the whole interval lies within ±${margin}.`,
    "",
    "| suite | metric | n | public | standard | difference | verdict |",
    "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ...capability.map(
      ({ suite, metric, n, public: own, standard, difference, verdict }) =>
        `| ${suite} | ${metric} | ${n} | ${own.toFixed(3)} | ${standard.toFixed(3)} | ${formatInterval(difference)} | ${verdict} |`,
    ),
    "",
    ...(arena.length === 0
      ? [`Helpfulness and harmlessness were not compared: ${arenaNote ?? "nothing was asked"}.`, ""]
      : arena.map(arenaMarkdown)),
    "## Contentious requests",
    "",
    ...answers.flatMap((one) => [
      `**${joinLines(one.request)}**`,
      "",
      `- public: ${joinLines(one.public)}`,
      `- standard: ${joinLines(one.standard)}`,
      "",
    ]),
  ].join("\n");
}
