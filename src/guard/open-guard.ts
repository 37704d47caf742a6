import { resolve } from "node:path";
import { type Env, openModel } from "../models/index.ts";
import { openAudit } from "./audit.ts";
import { createGuard, type Guard, type GuardOptions } from "./guard.ts";
import type { TokenClassifier } from "./heads/classifier.ts";
import { loadPolicy } from "./policy-file.ts";

export interface OpenGuardOptions
  extends Pick<GuardOptions, "templates" | "onEvent" | "onFailure" | "onWarning" | "strict"> {
  /** Where the keys of hosted critics are read from. Default: process.env. */
  readonly env?: Env | undefined;
}

/**
 * A guard from its policy file, with the models and the audit file that it names. @throws PolicyInvalid, ConstitutionInvalid, and what
 * opening a model or an audit file throws.
 */
export async function openGuard(
  file: string,
  { env = process.env, ...options }: OpenGuardOptions = {},
): Promise<Guard> {
  const loaded = await loadPolicy(file);
  const { checks, route, audit } = loaded.policy;
  const open = (name: string | undefined) => (name === undefined ? undefined : openModel(name, { env, cache: false }));
  const critic = await open(checks.critic?.model);
  const router = await open(route?.to);
  const folders = [checks.input, checks.output].filter((folder) => folder !== undefined);
  const classifiers: TokenClassifier[] = [];
  if (folders.length > 0) {
    const { openTokenClassifier } = await import("./local/index.ts");
    for (const folder of folders) classifiers.push(await openTokenClassifier(resolve(loaded.folder, folder)));
  }
  return createGuard(loaded, {
    ...options,
    critic,
    router,
    classifiers,
    audit: audit && openAudit(resolve(loaded.folder, audit.file)),
  });
}
