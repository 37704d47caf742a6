import { count, duration } from "../progress/index.ts";
import type { Fitness, LoadedConfig, PlannedProject } from "../project/index.ts";
import { type Plan, pricesAsOf, type Range, type RolePlan } from "../spending/index.ts";
import { type Page, table, wrap } from "./layout.ts";

/** The plan as a page: a table of ranges, then what they rest on. */
export function showPlan(planned: PlannedProject, { config }: LoadedConfig, page: Page): string {
  const { plan, prompts } = planned;
  const { redTeam, helpful, bad, duplicates } = prompts;
  const head = ["role", "model", "calls", "tokens in", "tokens out", "cost", "time"].map((name) =>
    page.paint("dim", name),
  );
  const rows = plan.roles.map((role) => [role.role, role.model, ...cells(role)]);
  const total = ["total", "", ...cells(plan.total)].map((cell) => page.paint("bold", cell));
  const lines = [
    `${page.paint("bold", "Plan")}: ${count(redTeam)} red-team and ${count(helpful)} helpful prompts, ${wordsOf(config)}`,
    ...(bad + duplicates === 0 ? [] : [page.paint("dim", leftOut(bad, duplicates))]),
    "",
    table([head, ...rows, total], "llrrrrr"),
    "",
    ...(planned.contexts === undefined ? [] : [...showContexts(planned.contexts, page), ""]),
    ...(planned.fitness === undefined ? [] : [...showFitness(planned.fitness, page), ""]),
    ...basis(planned).map((line) => page.paint("dim", `   ${line}`)),
  ];
  return lines.join("\n");
}

/** What stands before the conversations in which a principle is followed and broken, to be read before anything is spent. */
function showContexts(contexts: NonNullable<PlannedProject["contexts"]>, page: Page): string[] {
  const lines = contexts.flatMap(({ principleId, positive, negative, isDrafted }) => [
    `   ${page.paint("bold", principleId)}${isDrafted ? " (drafted: positive and negative on the principle say it better)" : ""}`,
    ...wrap(`followed under: ${positive}`, page.width - 5).map((line) => `     ${line}`),
    ...wrap(`broken under: ${negative}`, page.width - 5).map((line) => `     ${line}`),
  ]);
  return [page.paint("cyan", "Contexts of the principles"), ...lines];
}

/** A plain word for each role, and what speaks against a model that is unfit for it. */
function showFitness(fitness: readonly Fitness[], page: Page): string[] {
  const rows = fitness.map(({ role, isFit, figures }) => [
    role,
    page.paint(isFit ? "green" : "yellow", isFit ? "nothing against it" : "unfit"),
    figures.join("; "),
  ]);
  const faults = fitness.flatMap(({ role, model, faults: own }) =>
    own.length === 0 ? [] : [`${model} is unfit as a ${role}: ${own.join("; ")}.`],
  );
  return [
    page.paint("cyan", "Fitness, on the policy's own answers and answers made from them"),
    table(rows, "lll"),
    ...faults.flatMap((text) =>
      wrap(text, page.width - 5).map((line, i) => `${i === 0 ? ` ${page.paint("yellow", "!")} ` : "   "}${line}`),
    ),
  ];
}

/** What is made of the prompts before answers are compared. */
function wordsOf({ rounds = 4, sftSource, training }: LoadedConfig["config"]): string {
  if (training?.slCai === "none") return "compared without a revision";
  if (sftSource === "context-distillation") return "answered under the principles";
  return rounds === 1 ? "1 round" : `${rounds} rounds`;
}

export function leftOut(bad: number, duplicates: number): string {
  const parts = [
    ...(bad === 0 ? [] : [`${count(bad)} broken lines`]),
    ...(duplicates === 0 ? [] : [`${count(duplicates)} prompts that stood there before`]),
  ];
  return `left out: ${parts.join(", ")}`;
}

/** Calls, tokens in and out, cost and time as cells of a table. */
export function cells({ calls, promptTokens, completionTokens, cost, seconds }: RolePlan | Plan["total"]): string[] {
  return [
    range(calls, count),
    range(promptTokens, shorten),
    range(completionTokens, shorten),
    cost === undefined ? "?" : range(cost, dollars),
    seconds.high === 0 ? "–" : range(seconds, duration),
  ];
}

export function range({ low, high }: Range, show: (value: number) => string): string {
  const [from, to] = [show(low), show(high)];
  return from === to ? from : `${from} – ${to}`;
}

/** 1234567 → 1.2 M. */
export function shorten(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(1)} G`;
  if (n >= 1e6) return `${(n / 1e6).toFixed(1)} M`;
  return n >= 1e4 ? `${(n / 1e3).toFixed(0)} k` : count(n);
}

export function dollars(value: number): string {
  return value === 0 ? "$0" : value < 0.01 ? "<$0.01" : `$${value < 100 ? value.toFixed(2) : count(value)}`;
}

function basis({ plan, unpriced, priceSources, tokenSlack, probe, isTrained, advice }: PlannedProject): string[] {
  const lines = [
    plan.isMeasured && probe !== undefined
      ? `Lengths and latency were measured on ${probe.items} prompts (${probe.calls} calls, ${shorten(probe.tokens)} tokens).`
      : "Lengths and latency are not measured: answers between an eighth of their limit and all of it. --probe narrows this.",
    tokenSlack > 0
      ? `Tokens are estimated, up to ${Math.round(100 * tokenSlack)} % more or less where the model's tokenizer is not at hand.`
      : "Tokens are counted with the models' tokenizers.",
  ];
  if (priceSources.includes("table")) {
    lines.push(`Prices are list prices as of ${pricesAsOf}; \`prices\` in the configuration goes before them.`);
  }
  if (priceSources.includes("own")) lines.push("Models on one's own machines are taken to cost nothing.");
  lines.push(...advice.map((notice) => `${notice}.`));
  if (unpriced.length > 0) {
    lines.push(
      `No price is known for ${unpriced.join(", ")}: name it under \`prices\`, in dollars per million tokens.`,
    );
  }
  if (isTrained && !plan.roles.some(({ role }) => role === "training"))
    lines.push(
      "The run also trains, which is not in these figures.".concat(
        plan.total.seconds.high === 0 ? "" : " --probe times it.",
      ),
    );
  lines.push("Nothing has been spent.".concat(probe === undefined ? "" : " Besides the probe."));
  return lines;
}
