import { execFileSync } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPython, NO_PYTHON, runPython } from "../../test/support/python.ts";
import { smallConfig } from "../../test/support/small-config.ts";
import { rng } from "../rng.ts";
import { wordTokenizer } from "../tokenizer/index.ts";
import { saveCheckpoint } from "./checkpoint/checkpoint.ts";
import { initialAdapter, type LoraAdapter, type LoraConfig, loraConfig } from "./checkpoint/lora.ts";
import { loadAdapter, saveAdapter } from "./checkpoint/lora-folder.ts";
import { initialWeights, SCALAR_HEAD, type Weights } from "./checkpoint/weights.ts";
import { Transformer } from "./transformer.ts";

const tokenizer = wordTokenizer(["<end>", ..."abcdefghijklmnopqrstuvwxyz"]);
const config = smallConfig({
  vocabularySize: tokenizer.vocabularySize,
  hiddenSize: 32,
  feedForwardSize: 48,
  heads: 4,
  keyValueHeads: 2,
  contextLength: 32,
});
const tokens = [3, 1, 4, 1, 5, 9, 2, 6];
const base = initialWeights(config, rng(4), { projectionStd: 0.06 });

function makeAdapter(options: Partial<LoraConfig> & { readonly rank: number }): LoraAdapter {
  const fresh = initialAdapter(base, loraConfig(options), rng(1));
  const random = rng(2);
  const weights: Weights = new Map(
    [...fresh.weights].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((x) => x + 0.1 * random.normal()) },
    ]),
  );
  return { ...fresh, weights };
}

interface Reference {
  readonly plain: readonly number[];
  readonly ours: readonly number[];
  readonly peft: readonly number[];
  readonly score: number;
}

const python = hasPeft(findPython());
function hasPeft(found: string | undefined): string | undefined {
  if (found === undefined) return undefined;
  try {
    execFileSync(found, ["-c", "import peft"], { stdio: "ignore", timeout: 300_000 });
    return found;
  } catch {
    return undefined;
  }
}

describe.skipIf(python === undefined)(
  `adapters and PEFT${python === undefined ? ` (skipped: no peft, or ${NO_PYTHON})` : ""}`,
  () => {
    it("compute the same, whichever wrote the adapter; a scalar head too", { timeout: 600_000 }, async () => {
      const folder = await mkdtemp(join(tmpdir(), "precept-peft-"));
      const place = (name: string): string => join(folder, name);
      await saveCheckpoint(place("base"), { config, tokenizer, weights: base });
      await saveAdapter(place("ours"), makeAdapter({ rank: 4, alpha: 6 }), place("base"));
      const scorer = makeAdapter({ rank: 2, targetModules: ["k_proj", "gate_proj"] });
      const random = rng(3);
      const head = { shape: [1, 32], data: Float32Array.from({ length: 32 }, () => random.normal()) };
      await saveAdapter(
        place("scorer"),
        { ...scorer, weights: new Map([...scorer.weights, [SCALAR_HEAD, head]]) },
        place("base"),
      );
      await writeFile(place("tokens.json"), JSON.stringify(tokens));
      const reference = runPython(python ?? "", "check_adapters.py", folder) as Reference;

      const candidates = Array.from({ length: config.vocabularySize }, (_, token) => token);
      const differenceIn = async (name: string, expected: readonly number[]): Promise<number> => {
        const model = await Transformer.load(place(name), { threads: 1 });
        const [own = new Float32Array()] = await model.nextLogprobs([{ tokens, candidates }]);
        await model.dispose();
        return Math.max(...expected.map((logprob, token) => Math.abs(logprob - (own[token] ?? Number.NaN))));
      };
      expect(await differenceIn("base", reference.plain)).toBeLessThan(1e-4);
      expect(await differenceIn("ours", reference.ours)).toBeLessThan(1e-4);
      expect(await differenceIn("peft", reference.peft)).toBeLessThan(1e-4);
      for (const own of [reference.ours, reference.peft])
        expect(Math.max(...own.map((logprob, i) => Math.abs(logprob - (reference.plain[i] ?? 0))))).toBeGreaterThan(
          0.01,
        );
      expect((await loadAdapter(place("peft"))).config).toMatchObject({ rank: 3, alpha: 5, rankStabilised: true });

      const model = await Transformer.load(place("scorer"), { threads: 1 });
      const [score] = await model.scalars([tokens]);
      await model.dispose();
      expect(score).toBeCloseTo(reference.score, 4);
    });
  },
);
