import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/cli.ts";
import { findPython, runPython } from "../../../test/support/python.ts";
import { rng } from "../../rng.ts";
import { type Dictionary, decode, Encoder, encode } from "./dictionary.ts";
import { saveDictionary } from "./saelens.ts";

const python = findPython();
const hasSaeLens = (): boolean => {
  if (python === undefined) return false;
  try {
    execFileSync(python, ["-c", "import sae_lens"], { stdio: "ignore", timeout: 300_000 });
    return true;
  } catch {
    return false;
  }
};
const isThere = hasSaeLens();
if (!isThere)
  process.stderr.write("no Python with sae_lens: pip install sae-lens, and name that Python in PRECEPT_PYTHON\n");

test.skipIf(!isThere)(
  "SAELens reads the folder, and encodes and decodes as we do",
  async () => {
    const random = rng(1, "saelens-slow");
    const draw = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
    const [D, F, N] = [6, 11, 20];
    const dictionary: Dictionary = {
      ...{ inputs: D, outputs: D, features: F },
      ...{ encoder: draw(F * D), encoderBias: draw(F), decoder: draw(F * D), decoderBias: draw(D) },
      thresholds: draw(F).map(Math.abs),
    };
    const folder = temporaryFolder();
    saveDictionary(folder, {
      dictionary,
      meta: {
        ...{ model_name: "demo@rl-cai", hook_name: "blocks.1.hook_resid_post", hook_layer: 1 },
        precept: {
          ...{ models: [{ name: "demo@rl-cai", hash: "00" }], kind: "batch-topk", k: 2, l1: 0, seed: 1, texts: "t" },
          ...{ rows: 10, steps: 1, batch: 10, learningRate: 1, seconds: 1, unexplained: 0.5, l0: 2, dead: 0 },
        },
      },
    });
    const rows = draw(N * D);
    const file = join(folder, "rows.json");
    writeFileSync(
      file,
      JSON.stringify(Array.from({ length: N }, (_, row) => [...rows.subarray(row * D, (row + 1) * D)])),
    );
    const read = runPython(python!, "read_dictionary.py", folder, file) as {
      kind: string;
      features: number[][];
      rebuilt: number[][];
    };
    expect(read.kind).toBe("JumpReLUSAE");
    const encoder = await Encoder.create(dictionary, 1);
    const code = await encode(encoder, dictionary, rows);
    await encoder.release();
    const rebuilt = decode(dictionary, code);
    for (let row = 0; row < N; row++) {
      const own = new Array<number>(F).fill(0);
      for (let n = code.starts[row]!; n < code.starts[row + 1]!; n++) own[code.features[n]!] = code.values[n]!;
      for (let j = 0; j < F; j++) expect(read.features[row]![j]).toBeCloseTo(own[j]!, 4);
      for (let i = 0; i < D; i++) expect(read.rebuilt[row]![i]).toBeCloseTo(rebuilt[row * D + i]!, 4);
    }
  },
  300_000,
);
