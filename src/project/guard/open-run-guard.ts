import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type Guard, type OpenGuardOptions, openConstitutionGuard } from "../../guard/index.ts";
import { readPromptFile } from "../../records/prompts/index.ts";
import { readManifest } from "../../runs/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
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
  if (!isHarborRun(place)) return place;
  const run = folderOf(place);
  if (place.endsWith("@initial")) return harborWorld.initial;
  if (place.includes("@")) return place;
  const last = ["rl-cai", "sl-cai"].find((stage) => existsSync(join(run, stage, "checkpoint")));
  return last === undefined ? harborWorld.initial : `${run}@${last}`;
}

/** A request to a guarded model, what it answered, and the principle in whose name, where the guard did something. */
export interface GuardedExample {
  readonly request: string;
  readonly answer: string;
  readonly principleId: string | undefined;
}

/** Asks a guarded model, at its address, what the run was trained on, until the guard stops an answer; at most ten requests. */
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
    if (!response.ok) return undefined;
    const { choices } = answerSchema.parse(await response.json());
    const principleId = response.headers.get("x-precept-principle") ?? undefined;
    last = { request, answer: choices[0].message.content, principleId };
    if (principleId !== undefined || ++asked === 10) break;
  }
  return last;
}

const answerSchema = z.object({ choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]) });

const folderOf = (place: string): string => place.replace(/^local:/, "").replace(/@[^/@]*$/, "");
