import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { findPort, startServer } from "../viewer-peers/server-process.ts";
import type { System } from "./system.ts";

const run = promisify(execFile);
const versions = { "litellm[proxy]": "1.108.7", "nemoguardrails[server]": "0.24.1" } as const;

/** What is started, and where; each checks the same two words before and behind the model. */
interface Peer {
  readonly name: string;
  readonly file: string;
  readonly argv: readonly string[];
  readonly body?: Readonly<Record<string, unknown>>;
}

/** LiteLLM's proxy with a guardrail class of one's own, before the call and behind it. */
export async function startLitellm(root: string, upstream: string): Promise<System> {
  const bin = await install(root, "litellm[proxy]");
  const folder = makeFolder(root, "litellm-config");
  copyFileSync(new URL("two_words.py", import.meta.url), join(folder, "two_words.py"));
  const config = {
    model_list: [{ model_name: "fake", litellm_params: { model: "openai/fake", api_base: upstream, api_key: "none" } }],
    guardrails: [
      {
        guardrail_name: "two-words",
        litellm_params: { guardrail: "two_words.TwoWords", mode: ["pre_call", "post_call"], default_on: true },
      },
    ],
  };
  const file = join(folder, "config.yaml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  const name = `LiteLLM ${versions["litellm[proxy]"]}, a guardrail class on input and output`;
  return start({ name, file: bin("litellm"), argv: ["--config", file, "--num_workers", "1"] });
}

/** NeMo Guardrails' server with its own regex rails; `streamFirst` is its default, which delivers before it checks. */
export async function startNemo(root: string, upstream: string, streamFirst: boolean): Promise<System> {
  const bin = await install(root, "nemoguardrails[server]");
  const folder = makeFolder(root, `nemo-config-${streamFirst}`);
  const patterns = { patterns: ["legally binding|no takesies"], case_insensitive: true };
  const config = {
    models: [{ type: "main", engine: "openai", model: "fake", parameters: { base_url: upstream, api_key: "none" } }],
    passthrough: true,
    rails: {
      config: { regex_detection: { input: patterns, output: patterns } },
      input: { flows: ["regex check input"] },
      output: { flows: ["regex check output"], streaming: { enabled: true, stream_first: streamFirst } },
    },
  };
  mkdirSync(join(folder, "words"), { recursive: true });
  writeFileSync(join(folder, "words", "config.yml"), JSON.stringify(config));
  const name = `NeMo Guardrails ${versions["nemoguardrails[server]"]}, regex rails${streamFirst ? "" : ", stream_first: false"}`;
  const argv = ["server", "--config", folder, "--default-config-id", "words", "--disable-chat-ui"];
  return start({ name, file: bin("nemoguardrails"), argv, body: { guardrails: { config_id: "words" } } });
}

async function start({ name, file, argv, body }: Peer): Promise<System> {
  const port = await findPort();
  const command = {
    file,
    argv: [...argv, "--port", `${port}`],
    env: { OPENAI_API_KEY: "none", LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true" },
  };
  const { url, stop } = await startServer(command, port, `http://127.0.0.1:${port}/v1`);
  return { name, url, stop, ...(body && { body }) };
}

/** Installs a package from PyPI into an environment of its own; gives the path of its commands. */
async function install(root: string, name: keyof typeof versions) {
  const folder = join(root, `${name.replace(/\[.*/, "")}-${versions[name]}`);
  const bin = (command: string): string => join(folder, "bin", command);
  if (!existsSync(join(folder, "installed"))) {
    await run("python3", ["-m", "venv", folder]);
    await run(bin("pip"), ["install", "--quiet", "--disable-pip-version-check", `${name}==${versions[name]}`]);
    writeFileSync(join(folder, "installed"), "");
  }
  return bin;
}

function makeFolder(root: string, name: string): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
