import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import {
  appendPrinciples,
  bundledConstitutions,
  type Constitution,
  loadConstitution,
  type PrincipleDraft,
  readTextFile,
} from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { writeOutput } from "../storage/index.ts";
import { configNames, type LoadedConfig, loadConfig } from "./config/config.ts";

/** A file that principles can be added to. */
export interface OpenedConstitution {
  /** Its path from here. */
  readonly file: string;
  readonly constitution: Constitution;
  /** The project that it belongs to, where it was found through one. */
  readonly project?: LoadedConfig | undefined;
}

/**
 * The constitution to add to: the file named, else that of the project in this folder, else constitution.yaml.
 * @throws PreceptError usage for one that is not there or comes with Precept; as `loadConstitution`.
 */
export async function openOwnConstitution(named?: string, cwd: string = process.cwd()): Promise<OpenedConstitution> {
  const attempted = "Adding to a constitution";
  const hasProject = named === undefined && configNames.some((name) => existsSync(join(cwd, name)));
  const project = hasProject ? await loadConfig(undefined, cwd) : undefined;
  const name = named ?? project?.config.constitution ?? "constitution.yaml";
  if ((await bundledConstitutions()).includes(name)) {
    throw new PreceptError("usage", {
      attempted,
      found: `${name}, which comes with Precept`,
      expected: "a file of your own",
      remedy: `\`precept init --constitution ${name}\` begins a project with a copy of it; --file FILE adds to another`,
    });
  }
  const path = resolve(project?.folder ?? cwd, name);
  if (named === undefined && !existsSync(path)) {
    throw new PreceptError("usage", {
      attempted,
      found: `no ${relative(cwd, path)} here`,
      expected: "a folder with a project, or --file FILE",
      remedy: '`precept init --rule "…"` begins a project with your rules',
    });
  }
  const file = relative(cwd, path);
  return { file, constitution: await loadConstitution(file, { allowEmpty: true }), project };
}

/** The constitution's file of the project in the first of these folders that holds one; undefined where there is none of its own. */
export async function findOwnFile(folders: readonly string[]): Promise<string | undefined> {
  const folder = folders.find((one) => configNames.some((name) => existsSync(join(one, name))));
  if (folder === undefined) return undefined;
  const { config } = await loadConfig(undefined, folder);
  const path = resolve(folder, config.constitution);
  return (await bundledConstitutions()).includes(config.constitution) || !existsSync(path) ? undefined : path;
}

/** Writes principles behind those of a file; all else in it stays. @throws as `appendPrinciples`; PreceptError disk, permission. */
export async function addPrinciples(file: string, principles: readonly PrincipleDraft[]): Promise<void> {
  writeOutput(file, appendPrinciples(await readTextFile(file), principles, file));
}
