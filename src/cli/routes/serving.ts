import { buildCommand } from "@stricli/core";
import { argument, decimal, flag, integer, json, port, text } from "../parameters.ts";

const model = argument(
  "MODEL",
  "A Hugging Face folder, an adapter, a training job's folder, an id on the hub, or PROVIDER:MODEL",
);
const chatTemplate = text("FILE", "A Jinja chat template in place of the checkpoint's own");
const threads = integer("N", "Default 2 where the machine is quiet; the text does not depend on it");
const repeatFlag = <const P extends string>(placeholder: P, brief: string) =>
  ({ kind: "parsed", parse: String, optional: true, variadic: true, placeholder, brief }) as const;

/** precept generate and precept serve. */
export const servingRoutes = {
  generate: buildCommand({
    docs: {
      brief: "Continue a prompt, or every prompt of a file",
      fullDescription:
        "Without --prompt and --file the prompt is read from stdin. --file takes JSON lines with prompt or messages (and id, seed), or one prompt a line, and writes one JSON line each, in the same order. The same seed gives the same text, alone or in a batch.",
    },
    parameters: {
      flags: {
        prompt: text("TEXT", "The text to continue"),
        file: text("FILE", "Many prompts; - is stdin"),
        chat: flag("The prompt is what the user says, in the model's chat format"),
        system: text("TEXT", "What stands before the dialogue; needs a chat format"),
        chatTemplate,
        maxTokens: integer("N", "Default 128"),
        temperature: decimal("T", "Default 1; 0 takes the most probable token"),
        topP: decimal("P", "Nucleus mass, default 1"),
        stop: repeatFlag("TEXT", "Ends before this text; may be given several times"),
        seed: integer("N", "Default 1"),
        logprobs: flag("Print every token's log-probability too"),
        threads,
        json,
      },
      positional: { kind: "tuple", parameters: [model] },
    },
    loader: async () => (await import("../commands/generate.ts")).generate,
  }),
  serve: buildCommand({
    docs: {
      brief:
        "Serve any model to OpenAI's clients: chat, completions and streams; of a checkpoint, log-probabilities too",
    },
    parameters: {
      flags: {
        host: text("HOST", "Default 127.0.0.1, this machine alone"),
        port: port("Default 8000; 0 takes a free one"),
        adapter: repeatFlag(
          "NAME=FOLDER",
          "An adapter over the model, asked for by its name; may be given several times",
        ),
        runtimeAdapters: flag(
          "Let clients load and unload adapters of this machine's folders, as vLLM does: for trials",
        ),
        chatTemplate,
        maxSequences: integer("N", "Answered or waiting at once; more get 429. Default 256"),
        cacheMemory: integer("N", "MiB for the keys and values of a checkpoint; default 1024"),
        threads,
        json: flag("Print the address as one JSON object"),
      },
      positional: { kind: "tuple", parameters: [model] },
    },
    loader: async () => (await import("../commands/serve.ts")).serve,
  }),
};
