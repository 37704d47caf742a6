import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { checkpointHash, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { initialAdapter, type LoraAdapter, loraConfig, mergeAdapter } from "./lora.ts";
import { loadAdapter, saveAdapter } from "./lora-folder.ts";
import { decodeSafetensors } from "./safetensors.ts";
import { initialWeights, type Weights } from "./weights.ts";

const tokenizer = wordTokenizer(["<end>", "one", "two", "three"]);
const config = smallConfig({
  vocabularySize: tokenizer.vocabularySize,
  hiddenSize: 8,
  feedForwardSize: 12,
  headSize: 4,
  contextLength: 12,
  ropeTheta: 100,
});
const base = initialWeights(config, rng(4));

function adapterOf(seed: number): LoraAdapter {
  const fresh = initialAdapter(
    base,
    loraConfig({ rank: 2, dropout: 0.05, targetModules: ["q_proj", "up_proj"] }),
    rng(seed),
  );
  const random = rng(seed, "b");
  const weights: Weights = new Map(
    [...fresh.weights].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => x + random.normal()) }]),
  );
  return { ...fresh, weights };
}

async function folders(): Promise<{ root: string; model: string; adapter: string }> {
  const root = await mkdtemp(join(tmpdir(), "precept-lora-"));
  const [model, adapter] = [join(root, "model"), join(root, "tuned", "checkpoint")];
  await saveCheckpoint(model, { config, tokenizer, weights: base });
  await saveAdapter(adapter, adapterOf(1), model);
  return { root, model, adapter };
}

describe("an adapter in PEFT's format", () => {
  it("comes back as it was saved, and loads merged into its base, from a job's output folder too", async () => {
    const { root, model, adapter } = await folders();
    const own = adapterOf(1);
    const stored = await loadAdapter(adapter);
    expect(stored.config).toEqual(own.config);
    expect(stored.base).toBe(model);
    expect(new Map([...stored.weights].sort())).toEqual(new Map([...own.weights].sort()));
    expect((await loadCheckpoint(join(root, "tuned"))).weights).toEqual(mergeAdapter(base, own));
    const names = [...decodeSafetensors(await readFile(join(adapter, "adapter_model.safetensors")), "").keys()];
    expect(names).toContain("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
  });

  it("may stand on another one, but not on itself, nor on one that stands on it", async () => {
    const { root, adapter } = await folders();
    const second = join(root, "second");
    await saveAdapter(second, adapterOf(2), adapter);
    expect((await loadCheckpoint(second)).weights).toEqual(
      mergeAdapter(mergeAdapter(base, adapterOf(1)), adapterOf(2)),
    );
    await saveAdapter(adapter, adapterOf(1), second);
    await expect(loadCheckpoint(second)).rejects.toThrow(`${second} as its base, which stands on it`);
    await saveAdapter(second, adapterOf(2), second);
    await expect(checkpointHash(second)).rejects.toThrow(`${second} as its base, which stands on it`);
  });

  it("has a hash that knows adapter and base, and not where they lie", async () => {
    const [first, second] = [await folders(), await folders()];
    const hash = await checkpointHash(first.adapter);
    expect(await checkpointHash(second.adapter)).toBe(hash);
    await saveAdapter(second.adapter, adapterOf(2), second.model);
    expect(await checkpointHash(second.adapter)).not.toBe(hash);
    await saveCheckpoint(first.model, { config, tokenizer, weights: initialWeights(config, rng(5)) });
    expect(await checkpointHash(first.adapter)).not.toBe(hash);
  });

  it("is refused when it computes something else, is a pickle file, or has lost its base", async () => {
    const { model, adapter } = await folders();
    const path = join(adapter, "adapter_config.json");
    const json = JSON.parse(await readFile(path, "utf8"));
    for (const [change, found] of [
      [{ use_dora: true }, "DoRA is not supported"],
      [{ bias: "all" }, "trained biases are not supported"],
      [{ alpha_pattern: { q_proj: 3 } }, "alpha by module is not supported"],
      [{ fan_in_fan_out: true }, "fan_in_fan_out: weights that are stored transposed"],
      [{ lora_bias: true }, "lora_bias: biases of the adapter"],
      [{ use_qalora: true }, "QALoRA"],
      [{ layer_replication: [[0, 2]] }, "layer_replication"],
      [{ trainable_token_indices: [5] }, "trained tokens"],
      [{ target_parameters: ["mlp.experts"] }, "target_parameters"],
      [{ alora_invocation_tokens: [1] }, "activated LoRA"],
      [{ init_lora_weights: "pissa_niter_4" }, "init_lora_weights: initial weights that also change the base"],
      [{ modules_to_save: ["lm_head"] }, "modules_to_save"],
      [{ use_next_year: true }, "use_next_year: a field that is not known here"],
      [{ peft_type: "IA3" }, "peft_type"],
    ] as const) {
      await writeFile(path, JSON.stringify({ ...json, ...change }));
      await expect(loadAdapter(adapter)).rejects.toThrow(found);
    }
    const idle = {
      peft_version: "0.19",
      layers_to_transform: [0],
      rank_pattern: { q_proj: 8 },
      use_dora: null,
      use_next_year: false,
    };
    await writeFile(path, JSON.stringify({ ...json, ...idle, init_lora_weights: "gaussian", qalora_group_size: 16 }));
    expect((await loadAdapter(adapter)).config).toEqual(adapterOf(1).config);
    await writeFile(path, JSON.stringify(json));
    await rm(model, { recursive: true });
    await expect(loadCheckpoint(adapter)).rejects.toThrow(`no folder ${model}, its base`);
    await rm(join(adapter, "adapter_model.safetensors"));
    await writeFile(join(adapter, "adapter_model.bin"), "");
    await expect(loadAdapter(adapter)).rejects.toThrow("pickle");
  });
});
