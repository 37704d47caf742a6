import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type RoleSuite, type Suite, type Summary, summarySchema } from "../evaluation/index.ts";
import type { ReplayDocument } from "../feedback/index.ts";
import type { PromptItem } from "../records/index.ts";
import { packageRoot } from "../storage/index.ts";
import { harborPrompts, harborReplay, harborSuite, measureRoles, type PromptPurpose } from "../worlds/harbor/index.ts";
import type { Preset } from "./presets.ts";
import type { Settings } from "./settings.ts";

/** Model card, measured roles and checkpoint of the committed helpful-only start. */
export const harborFolder: string = join(packageRoot, "models", "harbor");

/** The committed helpful-only start. */
export const committedCheckpoint: string = join(harborFolder, "checkpoint");

/** The committed model's accuracies in its roles, as its card has them; undefined without `roles.json`. */
export function committedRoles(): Summary["roles"] | undefined {
  const path = join(harborFolder, "roles.json");
  return existsSync(path) ? summarySchema.shape.roles.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

/** What harbor gives to a run; templates aside, all of it is data. */
export interface HarborInputs {
  readonly prompts: Readonly<Record<PromptPurpose, readonly PromptItem[]>>;
  readonly replay: readonly ReplayDocument[];
  readonly suite: Suite;
  readonly roles: RoleSuite;
}

/** The suite is the same for every seed of a run, so that runs are measured on the same requests. */
export const suiteSeed = 1;

/** Unseen templates leave room for no more in the smaller set. */
const developmentItems = 240;

export function harborInputs(
  seed: number,
  { prompts, replay, perSplit, perRole }: Preset,
  set: Settings["requests"] = "report",
): HarborInputs {
  const asked = harborPrompts(seed, prompts);
  const suite = harborSuite({
    seed: suiteSeed,
    perSplit: set === "report" ? perSplit : Math.min(perSplit, developmentItems),
    set,
  });
  const requests = [...Object.values(asked).flat(), ...Object.values(suite.splits).flat()];
  return {
    prompts: asked,
    replay: harborReplay(seed, replay, new Set(requests.map(({ messages }) => messages.at(-1)?.content ?? ""))),
    suite,
    roles: {
      id: `harbor-roles-${perRole}`,
      async *measure(model, { signal }) {
        const options = { seed: suiteSeed, perRow: perRole, signal };
        for (const { role, condition, right } of await measureRoles(model, options)) {
          yield { role, condition, correct: right };
        }
      },
    },
  };
}
