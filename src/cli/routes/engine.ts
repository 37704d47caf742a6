import { buildCommand } from "@stricli/core";
import { argument, choice, json, text } from "../parameters.ts";
import { servingRoutes } from "./serving.ts";
import { trainRoutes } from "./train.ts";

/** precept convert. */
const convertRoute = buildCommand({
  docs: {
    brief: "Write a GGUF file, or any checkpoint, as a Hugging Face folder",
    fullDescription:
      "The weights of a GGUF file are dequantised as llama.cpp does it; its tokenizer and its chat template come along. An adapter is merged into its base.",
  },
  parameters: {
    flags: {
      to: choice(["hf"], "The only one, and the default: config.json, safetensors and a tokenizer"),
      out: text("DIR", "The folder of the checkpoint; default for FILE.gguf: FILE, here"),
      type: choice(["float32", "float16", "bfloat16"], "How weights are stored; default float32, which loses nothing"),
      json,
    },
    positional: { kind: "tuple", parameters: [argument("MODEL", "A GGUF file, a folder, or an id on the hub")] },
  },
  loader: async () => (await import("../commands/convert.ts")).convert,
});

/** The engine on any model, without a run. */
export const engineRoutes = { train: trainRoutes, ...servingRoutes, convert: convertRoute };
