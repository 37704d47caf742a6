import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelsFolder } from "../benchmarks/models/fetch.ts";
import { fetchedModels } from "../benchmarks/models/table.ts";
import { loadCheckpoint } from "../src/transformer/checkpoint/checkpoint.ts";
import { convertToFolder } from "../src/transformer/checkpoint/convert.ts";
import { GgufFile } from "../src/transformer/checkpoint/gguf/gguf-file.ts";
import { decodeSafetensors } from "../src/transformer/checkpoint/safetensors.ts";
import { Transformer } from "../src/transformer/index.ts";
import { findPython, NO_PYTHON, runPython } from "./support/python.ts";

const python = findPython();
if (python === undefined) console.warn(`Skipping the comparison of GGUF files: ${NO_PYTHON}`);

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (x, i) => Math.abs(x - (b[i] ?? Number.NaN))).reduce((most, x) => Math.max(most, x), 0);

/** Every tensor of a file as we dequantise it is, bit for bit, what the Python package gguf makes of it. */
async function compareTensors(file: string, folder: string): Promise<number> {
  const out = join(folder, "dequantised");
  runPython(python ?? "", "make_gguf.py", "dequantise", file, out);
  const expected = decodeSafetensors(await readFile(`${out}.safetensors`), file);
  const gguf = await GgufFile.open(file);
  try {
    expect([...gguf.tensors.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, { shape, data }] of expected) {
      const own = await gguf.read(name);
      expect(own.shape, name).toEqual(shape);
      expect(bytesOf(own.data).equals(bytesOf(data)), name).toBe(true);
    }
    return expected.size;
  } finally {
    await gguf.close();
  }
}

describe.skipIf(python === undefined)("GGUF files that the Python package gguf wrote", () => {
  let folder = "";
  let written: readonly string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "precept-gguf-slow-"));
    runPython(python ?? "", "make_models.py", join(folder, "made"));
    written = runPython(python ?? "", "make_gguf.py", "models", join(folder, "made"), join(folder, "gguf")) as string[];
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("give the log-probabilities of the models in transformers, of every family", async () => {
    expect(written).toEqual(
      expect.arrayContaining(["llama", "llama-linear", "smollm2", "mistral-no-window", "qwen2", "qwen3", "gemma3"]),
    );
    for (const name of written) {
      const reference = decodeSafetensors(await readFile(join(folder, "made", name, "reference.safetensors")), name);
      const [batch = 0, length = 0] = reference.get("tokens")!.shape;
      const checkpoint = await loadCheckpoint(join(folder, "gguf", `${name}.gguf`));
      if (length > checkpoint.config.contextLength) continue;
      const tokens = Array.from({ length: batch }, (_, row) =>
        Array.from(reference.get("tokens")!.data.subarray(row * length, (row + 1) * length)),
      );
      const transformer = await Transformer.create({ ...checkpoint, threads: 1 });
      const logits = reference.get("logits")!.data;
      const size = checkpoint.config.vocabularySize;
      for (const [row, logprobs] of (await transformer.logprobs(tokens)).entries()) {
        const expected = Array.from(logprobs, (_, t) => {
          if (t === 0) return 0;
          const scores = logits.subarray((row * length + t - 1) * size, (row * length + t) * size);
          const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
          return (scores[tokens[row]?.[t] ?? -1] ?? Number.NaN) - Math.log(total);
        });
        expect(worst(logprobs, expected), name).toBeLessThan(1e-4);
      }
      await transformer.dispose();
    }
  });

  it("have the numbers of the Python package, bit for bit, in every type, for another seed than the fixture's", async () => {
    const out = join(folder, "types");
    runPython(python ?? "", "make_gguf.py", "types", out, "6");
    expect(await compareTensors(`${out}.gguf`, folder)).toBe(11);
  });

  it("have tokenizers that give the ids of those that they were made of", async () => {
    const out = join(folder, "tokenizers");
    const made = runPython(python ?? "", "make_gguf.py", "tokenizers", out) as Record<string, readonly TokenizedText[]>;
    expect(Object.keys(made).sort()).toEqual(["gpt-2", "llama-bpe", "qwen2", "smollm", "spm", "spm-plain"]);
    for (const [name, texts] of Object.entries(made)) {
      const { tokenizer } = await loadCheckpoint(join(out, `${name}.gguf`));
      expect(texts.length).toBeGreaterThan(20);
      for (const { text, ids, special } of texts) {
        expect(tokenizer.encode(text), `${name}: ${JSON.stringify(text)}`).toEqual(ids);
        expect(tokenizer.encode(text, { addSpecialTokens: true }), `${name}: ${JSON.stringify(text)}`).toEqual(special);
      }
    }
  });
});

interface TokenizedText {
  readonly text: string;
  readonly ids: readonly number[];
  readonly special: readonly number[];
}
interface CheckedFolder {
  readonly texts: readonly {
    readonly prompt: string;
    readonly ids: readonly number[];
    readonly answer: readonly number[];
  }[];
  readonly difference: number;
  readonly names: boolean;
}

const smollm = join(modelsFolder(), "smollm2-135m-instruct", fetchedModels["smollm2-135m-instruct"]?.file ?? "");
if (!existsSync(smollm))
  console.warn(`Skipping SmolLM2: no ${smollm}; npm run models -- smollm2-135m-instruct brings it`);

describe.skipIf(python === undefined || !existsSync(smollm))("SmolLM2-135M-Instruct as a GGUF file", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "precept-smollm-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has the numbers of the Python package gguf, bit for bit", async () => {
    expect(await compareTensors(smollm, folder)).toBe(272);
  });

  it("says greedily what transformers says of the folder that it was converted to", async () => {
    const prompts = ["What is the capital of France?", "Write a haiku about rain.", "Count: 1, 2, 3,\n\n  and on."];
    const converted = join(folder, "hf");
    await convertToFolder(smollm, converted);
    const checked = runPython(
      python ?? "",
      "check_gguf.py",
      converted,
      smollm,
      JSON.stringify(prompts),
    ) as CheckedFolder;
    expect([checked.difference, checked.names]).toEqual([0, true]);
    const transformer = await Transformer.load(smollm);
    try {
      const { chat, stopTokens = [], ...tokenizer } = transformer.tokenizer;
      for (const [index, { prompt, ids, answer }] of checked.texts.entries()) {
        const tokens = tokenizer.encode(chat?.render([{ role: "user", content: prompt }]) ?? "");
        expect(tokens, prompt).toEqual(ids);
        const request = { id: `${index}`, tokens, seed: 1 };
        const options = { maxTokens: 32, temperature: 0, stopTokens, engine: "auto" } as const;
        for await (const made of transformer.generate([request], options)) expect(made.tokens, prompt).toEqual(answer);
      }
    } finally {
      await transformer.dispose();
    }
  });
});
