import { PreceptError } from "../errors.ts";
import { lastPart, recordName, withoutAddress } from "../models/index.ts";
import type { Manifest } from "../runs/index.ts";
import { canonicalJson, type JsonValue } from "../storage/index.ts";
import { type LoadedConfig, roles } from "./config/config.ts";

export type ConfigRecord = Manifest["config"];

/** The settings as a run keeps them: model names, with addresses that hold no secret, no paths. */
export function configRecord({ config, models }: LoadedConfig): ConfigRecord {
  const {
    prompts: _,
    out: __,
    prices: ___,
    budget: ____,
    concurrency: _____,
    whenUseless: _______,
    $schema: ______,
    fewShots,
    constitution,
    ...method
  } = config;
  const names = roles.flatMap((role) => {
    const model = models[role];
    return model === undefined ? [] : [[role, recordName(model.name)]];
  });
  return {
    constitution: lastPart(constitution),
    ...(names.length === 0 ? {} : { models: Object.fromEntries(names) }),
    fewShots: fewShots === undefined ? undefined : lastPart(fewShots),
    ...JSON.parse(JSON.stringify(method)),
  };
}

/** Settings that may change without making any record old. */
const free = ["models.slCai", "models.judge", "evaluate", "check"];

export interface Changes {
  readonly folder: string;
  readonly earlier: Manifest | undefined;
  readonly record: ConfigRecord;
  readonly inputs: Readonly<Record<string, string>>;
  readonly redo: boolean;
}

/** A run that has begun goes on as it began, or not at all. @throws PreceptError run-invalid with what changed. */
export function refuseChanges({ folder, earlier, record, inputs, redo }: Changes): void {
  if (earlier === undefined || Object.keys(earlier.stages).length === 0) return;
  const attempted = `Continuing the run ${folder}`;
  const renewed = `precept run --out ${folder}-2, which starts a new one (answers that the cache holds cost nothing)`;
  if (redo) return;
  const { constitution } = earlier.inputs;
  if (constitution !== undefined && inputs["constitution"] !== constitution) {
    throw new PreceptError("run-invalid", {
      attempted,
      found: `the constitution has changed since the run began (${shortenHash(constitution)} then, ${shortenHash(inputs["constitution"] ?? "")} now)`,
      expected: "one constitution a run, so that every example can be traced to its principle",
      remedy: `precept run --keep-constitution, which goes on with the one it began with (${folder}/constitution.yaml)\n${renewed}\nprecept run --redo, which does this run again from its first stage`,
    });
  }
  const changed = [
    ...differences(earlier.config, record).filter(
      (change) => !free.some((name) => /^[ .]/.test(change.slice(name.length)) && change.startsWith(name)),
    ),
    ...["templates", "prompts"].filter((name) => {
      const [before, now] = [earlier.inputs[name], inputs[name]];
      return before !== undefined && now !== undefined && before !== now;
    }),
  ];
  if (changed.length === 0) return;
  throw new PreceptError("run-invalid", {
    attempted,
    found: `settings that have changed since the run began\n${changed.join("\n")}`,
    expected: "the settings it began with",
    remedy: `${renewed}\nprecept run --redo, which does again what they make old`,
  });
}

function shortenHash(hash: string): string {
  return hash.replace(/^(sha256:.{8}).*$/, "$1");
}

/** "rounds 4 → 2", by path. */
function differences(before: JsonValue | undefined, now: JsonValue | undefined, path = ""): string[] {
  if (isRecord(before) && isRecord(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
    return keys.flatMap((key) => differences(before[key], now[key], path === "" ? key : `${path}.${key}`));
  }
  const [was, is] = path.startsWith("models.") ? [before, now].map(nameOnly) : [before, now];
  if (canonicalJson(was ?? null) === canonicalJson(is ?? null)) return [];
  const show = (value: JsonValue | undefined): string => (value === undefined ? "default" : JSON.stringify(value));
  return [`${path} ${show(before)} → ${show(now)}`];
}

/** A server may move while its model stays. */
function nameOnly(value: JsonValue | undefined): JsonValue | undefined {
  return typeof value === "string" ? withoutAddress(value) : value;
}

function isRecord(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
