/**
 * Whether a small model's critiques quote what documents say:
 *   node benchmarks/grounded-critiques.ts [--model MODEL] [--answers 8] [--write]
 * Criticised are labelled answers of the template support-bot that state what its instructions do not hold; quoted may be those
 * instructions and the constitution. MODEL: default Qwen2.5-Coder-1.5B-Instruct by llama.cpp. --write puts it into docs/retrieval.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { loadConstitution } from "../src/constitution/index.ts";
import { chatTemplates, critiqueRevisionChains } from "../src/feedback/index.ts";
import type { LanguageModel } from "../src/language-model.ts";
import { openModel } from "../src/models/index.ts";
import { groundsOf, loadConfig, withDocs } from "../src/project/index.ts";
import { readRecords } from "../src/records/index.ts";
import { wilson } from "../src/statistics/index.ts";
import { modelsFolder } from "./models/fetch.ts";
import { fetchedModels } from "./models/table.ts";

const name = "qwen2.5-coder-1.5b-instruct";
const { values } = parseArgs({
  options: {
    model: { type: "string", default: `llamacpp:${join(modelsFolder(), name, fetchedModels[name]?.file ?? "")}` },
    answers: { type: "string", default: "8" },
    write: { type: "boolean", default: false },
  },
});
const principleId = "no-made-up-policies";
const template = (file: string): string => new URL(`../templates/support-bot/${file}`, import.meta.url).pathname;
const rowSchema = z.object({
  id: z.string(),
  principle: z.string(),
  prompt: z.string().optional(),
  response: z.string(),
  label: z.string(),
});
const rows = (await Array.fromAsync(readRecords(template("labelled.jsonl"), rowSchema)))
  .filter(({ principle, label, prompt }) => principle === principleId && label === "breaks" && prompt !== undefined)
  .slice(0, Number(values.answers));
const all = await loadConstitution(template("constitution.yaml"));
const constitution = { ...all, principles: all.principles.filter(({ id }) => id === principleId) };
const loaded = withDocs(await loadConfig(template("precept.config.ts")), template("system.md"));

const model = await openModel(values.model);
/** The labelled answers stand for the model's own, and nothing is revised: the critiques are what is looked at. */
const critic: LanguageModel = {
  ...model,
  async *generate(requests, options) {
    const asked = requests.filter(({ id }) => id.includes("/critique-"));
    for (const { id } of requests) {
      if (id.includes("/critique-")) continue;
      const text = rows.find((row) => id.includes(`/${row.id}/response`))?.response ?? "";
      yield { id, text, finishReason: "stop", usage: { promptTokens: 0, completionTokens: 0 } };
    }
    if (asked.length > 0) yield* model.generate(asked, options);
  },
};
const records = await critiqueRevisionChains(
  rows.map(({ id, prompt = "" }) => ({ id, kind: "red-team", messages: [{ role: "user", content: prompt }] })),
  {
    model: critic,
    modelName: model.id,
    constitution,
    templates: chatTemplates({ maxTokens: { critique: 200 } }),
    grounds: await groundsOf(loaded, all),
    seed: 1,
    stage: "grounded",
  },
  {
    rounds: 1,
    selection: "random",
    critique: true,
    sampling: { temperature: 0, topP: 1 },
    critiqueSampling: { temperature: 0, topP: 1 },
  },
);
await model.dispose?.();

const critiques = records.filter((record) => record.type === "critique");
const count = (verdict: string): number => critiques.filter(({ grounds }) => grounds?.verdict === verdict).length;
const { low, high } = wilson(count("founded"), critiques.length);
const shown = critiques.flatMap(({ promptId, grounds }) =>
  (grounds?.checks ?? []).map(
    ({ quote, status, documentId }) =>
      `| ${promptId} | ${(quote ?? "").replace(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 120)} | ${status}${documentId === null ? "" : `, ${documentId}`} |`,
  ),
);
const figures = [
  `${model.id} on ${critiques.length} labelled answers that break ${principleId}, greedy: ${count("founded")} critiques quote what stands in a document [${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)} %], ${count("unfounded")} what does not, ${count("none")} quote nothing.`,
  ...(shown.length === 0 ? [] : ["", "| answer | quoted | found |", "| --- | --- | --- |", ...shown]),
].join("\n");
process.stdout.write(`${figures}\n\n${critiques.map(({ critique }) => critique).join("\n---\n")}\n`);
if (values.write) {
  const page = new URL("../docs/retrieval.md", import.meta.url);
  const start = "<!-- figures: benchmarks/grounded-critiques.ts -->";
  const text = readFileSync(page, "utf8");
  writeFileSync(
    page,
    text.replace(new RegExp(`${start}[\\s\\S]*?<!-- end -->`), () => `${start}\n${figures}\n<!-- end -->`),
  );
}
