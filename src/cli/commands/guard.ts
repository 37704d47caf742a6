import { PreceptError } from "../../errors.ts";
import {
  type Guard,
  type GuardObserved,
  openGuard,
  startProxy,
  type Upstream,
  urlUpstream,
} from "../../guard/index.ts";
import { isLoopback } from "../../listening.ts";
import { harborChatTemplate } from "../../project/index.ts";
import { openServedModel, servedFetch } from "../../serving/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { holdUntilStopped } from "../hold.ts";
import { pageOf } from "../layout.ts";

export interface GuardFlags {
  readonly upstream?: string | undefined;
  readonly model?: string | undefined;
  readonly chatTemplate?: string | undefined;
  readonly policy?: string | undefined;
  readonly strict: boolean;
  readonly keyFrom?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly json: boolean;
}

/** precept guard: a guarded model behind OpenAI's interface, until Ctrl-C. */
export async function guard(this: CliContext, flags: GuardFlags): Promise<void> {
  const { host = "127.0.0.1", port, policy = "guard.yaml", json } = flags;
  const onEvent = (event: GuardObserved): void => {
    if (json) this.process.stdout.write(`${JSON.stringify(event)}\n`);
    else if (event.action !== "pass") print(this, eventLine(event));
  };
  const onWarning = (text: string): void => void this.process.stderr.write(`precept guard: warning: ${text}\n`);
  const onFailure = (error: unknown): void => {
    this.process.stderr.write(`precept guard: ${error instanceof Error ? error.message : String(error)}\n`);
  };
  const guarded = await openGuard(policy, { env: this.env, onEvent, onWarning, onFailure, strict: flags.strict });
  const upstream = await openUpstream(this, flags);
  const proxy = await startProxy(guarded, upstream, { host, port, onFailure });
  if (json) printJson(this, { url: `${proxy.url}/v1`, upstream: upstream.name, policyHash: guarded.policyHash });
  else print(this, welcome(this, guarded, `${proxy.url}/v1`, upstream.name));
  if (!isLoopback(host)) {
    const warning = `precept guard: ${host} is reachable from other machines, and nobody is asked for a key\n`;
    this.process.stderr.write(pageOf(this.process.stderr, this.env).paint("yellow", warning));
  }
  await holdUntilStopped(this);
  await proxy.close();
  await upstream.close();
  await guarded.close();
}

async function openUpstream(
  context: CliContext,
  { upstream, model, keyFrom, chatTemplate, json }: GuardFlags,
): Promise<Upstream & { readonly close: () => Promise<void> }> {
  if ((upstream === undefined) === (model === undefined)) {
    throw new PreceptError("usage", {
      attempted: "Opening the model to guard",
      found: upstream === undefined ? "neither --upstream nor --model" : "both --upstream and --model",
      expected: "one of them",
      remedy: "--upstream http://localhost:8000/v1, or --model PROVIDER:MODEL",
    });
  }
  if (upstream !== undefined)
    return { ...urlUpstream(upstream, keyOf(context, keyFrom)), close: async () => undefined };
  const place = model ?? "";
  const served = await openServedModel(place, {
    chatTemplate: chatTemplate ?? harborChatTemplate(place),
    env: context.env,
    progress: progressOf(context, json),
    signal: context.signal,
  });
  if (!served.abilities.chat) {
    await served.close();
    throw new PreceptError("usage", {
      attempted: `Guarding the model ${place}`,
      found: "a model without a chat template: every dialogue would be an error",
      expected: "a model that says how it is asked",
      remedy: "--chat-template FILE, a Jinja template",
    });
  }
  return { name: served.name, fetch: servedFetch(served), close: () => served.close() };
}

function keyOf(context: CliContext, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const key = context.env[name];
  if (key !== undefined && key !== "") return key;
  throw new PreceptError("key-missing", {
    attempted: `Reading the key from ${name}`,
    found: "no such variable in the environment",
    remedy: `export ${name}=…, or leave --key-from out: then the client's own key is sent`,
  });
}

function welcome(
  context: CliContext,
  { loaded, constitutionHash, policyHash }: Guard,
  url: string,
  upstream: string,
): string {
  const page = pageOf(context.process.stdout, context.env);
  const { constitution, policy, rules } = loaded;
  const { critic, input, output } = policy.checks;
  const models = Object.entries({ input, output }).flatMap(([side, folder]) =>
    folder === undefined ? [] : ` · ${side} ${folder}`,
  );
  return [
    `guard      ${constitution.name}, ${constitution.principles.length} principles, ${shorten(constitutionHash)} · policy ${shorten(policyHash)} · ${policy.mode}`,
    `checks     ${rules.length} rules${models.join("")}${critic === undefined ? "" : ` · critic ${critic.model}, ${critic.when}`}`,
    `listening  ${page.paint("cyan", url)} → ${upstream}`,
    page.paint("dim", "Ctrl-C ends it"),
  ].join("\n");
}

function eventLine({ at, action, stage, findings, timing, traceId }: GuardObserved): string {
  const [first] = findings;
  const what = first === undefined ? "" : `${first.principleId}  ${first.check}`;
  return `${at.slice(11, 19)}  ${action.padEnd(7)} ${stage.padEnd(11)} ${what}  +${timing.addedMs.toFixed(1)} ms  trace ${traceId.slice(0, 8)}`;
}

const shorten = (hash: string): string => hash.slice(0, "sha256:".length + 8);
