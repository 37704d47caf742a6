import { join, resolve } from "node:path";
import { PreceptError } from "../errors.ts";
import { type Env, openModel } from "../models/index.ts";
import { contentHash, hashFile, hashFolder } from "../storage/index.ts";
import { openAudit } from "./audit.ts";
import { createGuard, type Guard, type GuardOptions } from "./guard.ts";
import type { TokenClassifier } from "./heads/classifier.ts";
import { type LoadedPolicy, loadPolicy, parsePolicy } from "./policy-file.ts";

export interface OpenGuardOptions
  extends Pick<GuardOptions, "templates" | "onEvent" | "onFailure" | "onWarning" | "strict"> {
  /** Where the keys of hosted critics are read from. Default: process.env. */
  readonly env?: Env | undefined;
}

/**
 * A guard from its policy file, with the models and the audit file that it names. @throws PolicyInvalid, ConstitutionInvalid, and what
 * opening a model or an audit file throws.
 */
export async function openGuard(file: string, options: OpenGuardOptions = {}): Promise<Guard> {
  return openLoadedGuard(await loadPolicy(file), options);
}

/**
 * A constitution without a policy: every principle is kept, and a critic reads every answer whole. `critic` is a model's name, as
 * `openModel` takes it. @throws ConstitutionInvalid; PreceptError for a file that cannot be read.
 */
export async function openConstitutionGuard(
  constitution: string,
  critic: string,
  options: OpenGuardOptions = {},
): Promise<Guard> {
  const policy = { constitution, checks: { critic: { model: critic, when: "always" } }, limits: unlimitedCritic };
  // JSON is YAML.
  const loaded = await parsePolicy(JSON.stringify(policy), { file: "of a constitution alone", folder: process.cwd() });
  return openLoadedGuard(loaded, options);
}

/** Who guards by a critic alone has said that every answer is to be read. */
const unlimitedCritic = { criticMs: 60_000, criticCallsPerMinute: 1_000_000, maxCharacters: 1_000_000 } as const;

/** The same of a policy that was read. @throws what opening a model or an audit file throws. */
async function openLoadedGuard(
  loaded: LoadedPolicy,
  { env = process.env, ...options }: OpenGuardOptions = {},
): Promise<Guard> {
  const { checks, route, audit } = loaded.policy;
  const opened: { dispose?(): unknown }[] = [];
  const keep = <T extends { dispose?(): unknown }>(one: T): T => {
    opened.push(one);
    return one;
  };
  const open = async (name: string | undefined) =>
    name === undefined ? undefined : keep(await openModel(name, { env, cache: false }));
  try {
    const critic = await open(checks.critic?.model);
    const router = await open(route?.to);
    const classifiers: TokenClassifier[] = [];
    const guardModels: { side: "input" | "output"; hash: string }[] = [];
    for (const side of ["input", "output"] as const) {
      if (checks[side] === undefined) continue;
      const folder = resolve(loaded.folder, checks[side]);
      classifiers.push(keep(await openHeads(folder, side)));
      guardModels.push({ side, hash: await hashHeads(folder) });
    }
    const log = audit && openAudit(resolve(loaded.folder, audit.file));
    if (log !== undefined) keep({ dispose: () => log.close() });
    return createGuard(loaded, { ...options, critic, router, classifiers, guardModels, audit: log });
  } catch (error) {
    for (const one of opened) await one.dispose?.();
    throw error;
  }
}

async function hashHeads(folder: string): Promise<string> {
  const checkpoint = await hashFolder(join(folder, "checkpoint"));
  return `sha256:${contentHash({ heads: await hashFile(join(folder, "guard.json")), checkpoint })}`;
}

/** @throws PreceptError policy-invalid for a guard model of the other side; what opening it throws. */
async function openHeads(folder: string, side: "input" | "output"): Promise<TokenClassifier> {
  const { openTokenClassifier } = await import("./local/index.ts");
  const classifier = await openTokenClassifier(folder);
  if (classifier.file.side === side) return classifier;
  await classifier.dispose();
  throw new PreceptError("policy-invalid", {
    attempted: `Opening checks.${side}, ${folder}`,
    found: `a guard model that was trained on the ${classifier.file.side}`,
    expected: `one of the ${side}`,
    remedy: `name it under checks.${classifier.file.side}`,
  });
}
