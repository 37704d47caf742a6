import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastPart } from "../../src/models/index.ts";
import { critiqueModel } from "../../src/project/index.ts";
import { makeFolder } from "../../src/storage/index.ts";
import { progress, tableOf } from "../inside/shared.ts";
import { type OversightJob, points, rate } from "./critique.ts";

const pairs = new URL("pairs.jsonl", import.meta.url);

/** The tamper test of a real model, over pairs written for it. */
export async function measureCritiqueModel({ model, scratch, count }: OversightJob): Promise<string> {
  if (model === undefined) throw new Error("which model? --model FILE.gguf");
  const lines = readFileSync(pairs, "utf8").trim().split("\n").slice(0, count);
  makeFolder(scratch);
  const file = join(scratch, "pairs.jsonl");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const { found } = await critiqueModel({
    ...{ target: `llamacpp:${model}`, pairs: file, constitution: "benchmarks/oversight/plain.yaml" },
    ...{ levels: 2, count, wording: "known", maxTokens: 80, seed: 1, env: process.env, progress },
    out: join(scratch, "critique-model"),
  });
  const { rows, all, gains } = found.tamper;
  const cells = [...rows, ...all.map((row) => ({ principle: "all", ...row }))].map((row) => [
    row.principle,
    ...[String(row.level), rate(row.recall), rate(row.falseAlarms), rate(row.precision)],
    ...[`${row.recall?.n ?? 0} + ${row.falseAlarms?.n ?? 0}`, String(row.unclear)],
  ]);
  const kept = gains.map(({ level, recall, isKept }) => {
    const gain = recall === undefined ? "" : `, gain in found ${points(recall)} points`;
    return `Level ${level} is ${isKept ? "kept" : "not kept"}${gain}.`;
  });
  return [
    `${lastPart(model)} through llama.cpp, ${lines.length} pairs written for this test ([\`benchmarks/oversight/pairs.jsonl\`](../benchmarks/oversight/pairs.jsonl)), critiques of at most 80 tokens, greedy. Percent with 95 % intervals (Wilson). ${kept.join(" ")}`,
    tableOf(["principle", "level", "found", "false alarms", "precision", "n", "without a finding"], cells),
  ].join("\n\n");
}
