import { PreceptError } from "../../errors.ts";
import {
  type Guard,
  type GuardObserved,
  type OpenGuardOptions,
  openConstitutionGuard,
  openGuard,
  startProxy,
  type Upstream,
  urlUpstream,
} from "../../guard/index.ts";
import { isLoopback } from "../../listening.ts";
import {
  checkpointOfRun,
  type GuardedExample,
  harborChatTemplate,
  isHarborRun,
  openRunGuard,
  showBlocked,
} from "../../project/index.ts";
import { openServedModel, servedFetch } from "../../serving/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { holdUntilStopped } from "../hold.ts";
import { pageOf } from "../layout.ts";

export interface GuardFlags {
  readonly upstream?: string | undefined;
  readonly model?: string | undefined;
  readonly chatTemplate?: string | undefined;
  readonly policy?: string | undefined;
  readonly constitution?: string | undefined;
  readonly critic?: string | undefined;
  readonly strict: boolean;
  readonly keyFrom?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly json: boolean;
}

/** precept guard: a guarded model behind OpenAI's interface, until Ctrl-C. */
export async function guard(this: CliContext, flags: GuardFlags): Promise<void> {
  const { host = "127.0.0.1", port, json } = flags;
  const onEvent = (event: GuardObserved): void => {
    if (json) this.process.stdout.write(`${JSON.stringify(event)}\n`);
    else if (event.action !== "pass") print(this, eventLine(event));
  };
  const onWarning = (text: string): void => void this.process.stderr.write(`precept guard: warning: ${text}\n`);
  const onFailure = (error: unknown): void => {
    this.process.stderr.write(`precept guard: ${error instanceof Error ? error.message : String(error)}\n`);
  };
  const guarded = await openPolicy(flags, { env: this.env, onEvent, onWarning, onFailure, strict: flags.strict });
  const upstream = await openUpstream(this, flags);
  const proxy = await startProxy(guarded, upstream, { host, port, onFailure });
  try {
    if (json) printJson(this, { url: `${proxy.url}/v1`, upstream: upstream.name, policyHash: guarded.policyHash });
    else print(this, welcome(this, guarded, `${proxy.url}/v1`, upstream.name));
    if (!json && flags.policy === undefined && flags.model !== undefined && isHarborRun(flags.model)) {
      const example = await showBlocked(`${proxy.url}/v1`, upstream.name, flags.model);
      if (example !== undefined) print(this, exampleLines(example));
    }
    if (!isLoopback(host)) {
      const warning = `precept guard: ${host} is reachable from other machines, and nobody is asked for a key\n`;
      this.process.stderr.write(pageOf(this.process.stderr, this.env).paint("yellow", warning));
    }
    await holdUntilStopped(this);
  } finally {
    await proxy.close();
    await upstream.close();
    await guarded.close();
  }
}

/** By a policy file; by a constitution and who judges by it; or, of a run on harbor, by its own constitution and critic. */
async function openPolicy(flags: GuardFlags, options: OpenGuardOptions): Promise<Guard> {
  const { policy, constitution, critic, model } = flags;
  if (constitution !== undefined && policy === undefined) {
    if (critic !== undefined) return openConstitutionGuard(constitution, critic, options);
    throw new PreceptError("usage", {
      attempted: `Guarding by ${constitution} alone`,
      found: "a constitution, which holds no rules, and nobody who judges by it",
      expected: "who reads every answer: any model, also the one that is guarded",
      remedy: "--critic openai:gpt-4o-mini, or a policy with rules: --policy guard.yaml",
    });
  }
  if (constitution !== undefined || critic !== undefined) {
    throw new PreceptError("usage", {
      attempted: "Reading the flags",
      found: constitution === undefined ? "--critic without --constitution" : "--constitution beside --policy",
      expected: "a policy, which names its constitution and its critic, or these two without one",
      remedy: "--policy guard.yaml, or --constitution FILE --critic MODEL",
    });
  }
  const isOfRun = policy === undefined && model !== undefined && isHarborRun(model);
  return isOfRun ? openRunGuard(model, options) : openGuard(policy ?? "guard.yaml", options);
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
  const place = checkpointOfRun(model ?? "");
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

const exampleLines = ({ asked, request, answer, principleId }: GuardedExample): string =>
  [
    "",
    `asked      ${request}`,
    `answered   ${answer}`,
    principleId === undefined
      ? `           none of ${asked} such requests was blocked: the model keeps its principles by itself`
      : `           blocked by the principle ${principleId}`,
  ].join("\n");

function eventLine({ at, action, stage, findings, timing, traceId }: GuardObserved): string {
  const [first] = findings;
  const what = first === undefined ? "" : `${first.principleId}  ${first.check}`;
  return `${at.slice(11, 19)}  ${action.padEnd(7)} ${stage.padEnd(11)} ${what}  +${timing.addedMs.toFixed(1)} ms  trace ${traceId.slice(0, 8)}`;
}

const shorten = (hash: string): string => hash.slice(0, "sha256:".length + 8);
