/**
 * Writes the support bot's part of README.md. Usage: node benchmarks/support-bot.ts [RUN]
 * From a run of the template: its first revised answers, before and after. Without one: what a real model answered, as it
 * stands labelled in templates/support-bot/labelled.jsonl.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { loadConstitution } from "../src/constitution/index.ts";
import { type FeedbackRecord, feedbackRecordSchema } from "../src/feedback/index.ts";
import { readManifest } from "../src/runs/index.ts";

const SHOWN = 3;
const template = "templates/support-bot";

interface Labelled {
  readonly principle: string;
  readonly prompt?: string;
  readonly response: string;
  readonly label: string;
  readonly answeredBy: string;
}

/** A text on one line of a quotation, with a sign where the token limit cut it. */
const quote = (text: string, isCut = false): string =>
  `${text.trim().replaceAll(/\s*\n\s*/g, " / ")}${isCut ? " […]" : ""}`;
const quotation = (lines: readonly string[]): string => lines.map((line) => `> ${line}`).join("\n>\n");
const readLines = (path: string): unknown[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** The shortest broken answer under each rule, of those that a model gave. */
async function labelledPart(): Promise<string> {
  const { principles } = await loadConstitution(`${template}/constitution.yaml`);
  const rows = (readLines(`${template}/labelled.jsonl`) as Labelled[])
    .filter(
      ({ label, answeredBy, prompt }) =>
        label === "breaks" && answeredBy !== "a language model, for the purpose" && prompt !== undefined,
    )
    .toSorted((a, b) => a.response.length - b.response.length);
  const shown = principles.flatMap(({ id, text }) => {
    const row = rows.find(({ principle }) => principle === id);
    if (row === undefined) return [];
    const lines = [`**A customer** ${quote(row.prompt ?? "")}`, `**The bot** ${quote(row.response)}`];
    return [quotation([...lines, `**Breaks** \`${id}\`: ${text}`])];
  });
  return [
    `What ${rows[0]?.answeredBy} answered as the template's bot, word for word: the shortest answer under each rule that it broke, of the few that come [labelled](${template}/labelled.jsonl) with the template. Its [instructions](${template}/system.md) say that the shop is closed on Sunday and Monday.`,
    ...shown,
    "How such answers read after a run is not shown here yet.",
  ].join("\n\n");
}

async function runPart(run: string): Promise<string> {
  const { principles } = await loadConstitution(join(run, "constitution.yaml"));
  const models = readManifest(run)?.models ?? {};
  const records = readLines(join(run, "sl-cai", "records.jsonl")).map((row) => feedbackRecordSchema.parse(row));
  const of = <T extends FeedbackRecord["type"]>(type: T): Extract<FeedbackRecord, { type: T }>[] =>
    records.filter((record): record is Extract<FeedbackRecord, { type: T }> => record.type === type);
  const answers = of("response").filter(({ kind }) => kind === "red-team");
  const critiques = of("critique");
  const revised = answers.flatMap((answer) => {
    const revision = of("revision").find(
      ({ promptId, outcome }) => promptId === answer.promptId && outcome === "usable",
    );
    return revision === undefined ? [] : [{ answer, revision }];
  });
  const shown = revised.slice(0, SHOWN).map(({ answer, revision }) => {
    const critique = critiques.find(({ id }) => revision.parents.includes(id));
    const rule = principles.find(({ id }) => id === revision.principleId)?.text ?? "";
    const found = critique === undefined ? rule : quote(critique.critique, critique.finishReason === "length");
    return quotation([
      `**A customer** ${quote(answer.messages.at(-1)?.content ?? "")}`,
      `**Before** ${quote(answer.response, answer.finishReason === "length")}`,
      `**The rule** \`${revision.principleId}\`: ${found}`,
      `**After** ${quote(revision.revision, revision.finishReason === "length")}`,
    ]);
  });
  const names = [...new Set(Object.values(models))].map((name) =>
    basename(name)
      .replace(/^[a-z]+:/, "")
      .replace(/(\.gguf)?@.*$/, ""),
  );
  const rules = new Set([...critiques, ...of("revision")].map(({ principleId }) => principleId)).size;
  const broken = new Set(critiques.flatMap(({ finding, promptId }) => (finding === "breaks" ? [promptId] : []))).size;
  const read =
    critiques.length === 0
      ? "the model, too small to be its own critic, revised every answer under the rule"
      : `in ${broken} answers it found a rule broken`;
  return [
    `One run of ${names.join(" and ")} as the bot and as its own reviser, ${answers.length} messages of the template and ${rules} of its rules: ${read}, and ${revised.length} revisions were fit to train on. What the bot said and what it would be trained to say instead, the first ${shown.length} in the order of their ids, word for word; a larger helper writes better ones:`,
    ...shown,
  ].join("\n\n");
}

const [run] = process.argv.slice(2);
const body = run === undefined ? await labelledPart() : await runPart(run);
const text = readFileSync("README.md", "utf8");
const [begin, end] = ["<!-- begin support-bot -->", "<!-- end support-bot -->"];
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < 0) throw new Error("README.md has no section support-bot");
writeFileSync("README.md", `${text.slice(0, from)}${begin}\n${body}\n${text.slice(to)}`);
