import { PreceptError } from "../../errors.ts";
import { isLoopback } from "../../listening.ts";
import { openServedModel, startServer } from "../../serving/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { holdUntilStopped } from "../hold.ts";
import { pageOf } from "../layout.ts";

export interface ServeFlags {
  readonly host?: string;
  readonly port?: number;
  readonly adapter?: readonly string[] | undefined;
  readonly runtimeAdapters: boolean;
  readonly chatTemplate?: string | undefined;
  readonly maxSequences?: number | undefined;
  readonly cacheMemory?: number;
  readonly threads?: number | undefined;
  readonly json: boolean;
}

/** precept serve MODEL: OpenAI's interface over HTTP, until Ctrl-C. */
export async function serve(this: CliContext, flags: ServeFlags, place: string): Promise<void> {
  const { host = "127.0.0.1", port = 8000, adapter = [], chatTemplate, maxSequences, cacheMemory, threads } = flags;
  const { runtimeAdapters } = flags;
  const model = await openServedModel(place, {
    adapters: parseAdapters(adapter),
    runtimeAdapters,
    chatTemplate,
    cacheBytes: cacheMemory === undefined ? undefined : cacheMemory * 2 ** 20,
    threads,
    env: this.env,
    progress: progressOf(this, flags.json),
    signal: this.signal,
  });
  const onFailure = (error: unknown): void => {
    const text = error instanceof PreceptError ? error.message : error instanceof Error ? error.stack : String(error);
    this.process.stderr.write(`precept serve: ${text}\n`);
  };
  const server = await startServer(model, { host, port, onFailure, maxSequences });
  const models = [model.name, ...model.adapters];
  if (flags.json) printJson(this, { url: `${server.url}/v1`, models });
  else print(this, welcome(this, server.url, models, model.abilities.chat));
  if (!isLoopback(host)) {
    const warning = `precept serve: ${host} is reachable from other machines, and nobody is asked for a key\n`;
    this.process.stderr.write(pageOf(this.process.stderr, this.env).paint("yellow", warning));
  }
  await holdUntilStopped(this);
  await server.close();
}

function welcome(context: CliContext, url: string, models: readonly string[], hasChat: boolean): string {
  const page = pageOf(context.process.stdout, context.env);
  const path = hasChat ? "chat/completions" : "completions";
  const body = hasChat
    ? { model: models[0], messages: [{ role: "user", content: "Hello" }] }
    : { model: models[0], prompt: "Hello", max_tokens: 16 };
  return [
    `${page.paint("bold", models.join(", "))} at ${page.paint("cyan", `${url}/v1`)}`,
    ...(hasChat ? [] : [page.paint("dim", "no chat template: completions only, or give --chat-template FILE")]),
    page.paint("dim", `curl ${url}/v1/${path} -H "content-type: application/json" -d '${JSON.stringify(body)}'`),
    page.paint("dim", "Ctrl-C ends it when the running answers are complete"),
  ].join("\n");
}

function parseAdapters(given: readonly string[]): ReadonlyMap<string, string> {
  const adapters = new Map<string, string>();
  for (const text of given) {
    const [, name, folder] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (name === undefined || folder === undefined || adapters.has(name)) {
      throw new PreceptError("usage", {
        attempted: "Reading --adapter",
        found: name !== undefined && adapters.has(name) ? `${name} twice` : text,
        expected: "NAME=FOLDER",
        remedy: "--adapter polite=runs/polite",
      });
    }
    adapters.set(name, folder);
  }
  return adapters;
}
