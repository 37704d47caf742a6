import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { type Guard, type OpenGuardOptions, openConstitutionGuard } from "../../guard/index.ts";
import { readPromptFile } from "../../records/prompts/index.ts";
import { readManifest } from "../../runs/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
import { findCheckpoint } from "../chat.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { initialModelOf } from "../run-model.ts";

/** Whether a place is a run on harbor, or a checkpoint of one: "runs/demo", "runs/demo@initial". */
export function isHarborRun(place: string): boolean {
  const manifest = readManifest(folderOf(place));
  return manifest?.kind === "project" && initialModelOf(manifest) === undefined;
}

/**
 * A guard by a harbor run's own constitution: the frozen initial model, which criticised in the run, reads every answer.
 * @throws what `openConstitutionGuard` does.
 */
export async function openRunGuard(place: string, options: OpenGuardOptions = {}): Promise<Guard> {
  const constitution = resolve(folderOf(place), "constitution.yaml");
  return openConstitutionGuard(constitution, `local:${harborWorld.initial}`, {
    templates: harborTemplates,
    ...options,
  });
}

/** The checkpoint that a harbor run's name stands for: "@initial" its start, without a stage the last that it made; else the name. */
export function checkpointOfRun(place: string): string {
  const run = folderOf(place);
  if (!isHarborRun(place) || (place !== run && !place.endsWith("@initial"))) return place;
  const wanted = place === run ? undefined : "initial";
  return findCheckpoint(run, readManifest(run), wanted)?.path ?? harborWorld.initial;
}

/** The last of some requests to a guarded model, what it answered, and the principle in whose name, where the guard did something. */
export interface GuardedExample {
  readonly asked: number;
  readonly request: string;
  readonly answer: string;
  readonly principleId: string | undefined;
}

/**
 * Asks a guarded model, at its address, what the run was trained on, until the guard stops an answer; at most ten requests.
 * @throws PreceptError model-failed for an answer that is none.
 */
export async function showBlocked(url: string, model: string, place: string): Promise<GuardedExample | undefined> {
  let last: GuardedExample | undefined;
  const prompts = join(folderOf(place), "prompts", "sl-cai.jsonl");
  if (!existsSync(prompts)) return undefined;
  let asked = 0;
  for await (const { prompt } of readPromptFile(prompts)) {
    const messages = typeof prompt === "string" ? [{ role: "user", content: prompt } as const] : prompt;
    const request = messages.at(-1)?.content ?? "";
    const response = await fetch(`${url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, messages }),
    });
    if (!response.ok) {
      const found = `${response.status}: ${await response.text()}`;
      throw new PreceptError("model-failed", { attempted: `Asking ${model} behind its guard`, found });
    }
    asked++;
    const { choices } = answerSchema.parse(await response.json());
    const principleId = response.headers.get("x-precept-principle") ?? undefined;
    last = { asked, request, answer: choices[0].message.content, principleId };
    if (principleId !== undefined || asked === 10) break;
  }
  return last;
}

const answerSchema = z.object({ choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]) });

const folderOf = (place: string): string => place.replace(/^local:/, "").replace(/@[^/@]*$/, "");
