import { join } from "node:path";
import { type DraftedConstitution, PROVENANCE_FILE, type PublicConstitution } from "../../collective/drafting/index.ts";
import { type Analysis, type Conversation, type Sensitivity, weighFlagged } from "../../collective/index.ts";
import { formatConstitution } from "../../constitution/index.ts";
import { throwIfInterrupted } from "../../errors.ts";
import type { Env } from "../../models/index.ts";
import { LocalModel } from "../../models/local/index.ts";
import type { Progress } from "../../progress/index.ts";
import { hashFolder, makeFolder, writeWhole } from "../../storage/index.ts";
import { governanceOf, harborStatements } from "../../worlds/harbor/index.ts";
import { drawTown, ratifyAsTown, shuffleVotes, type Town, usualTown } from "../../worlds/harbor/town/index.ts";
import { committedCheckpoint } from "../harbor/inputs.ts";
import { runProject } from "../run-project.ts";
import { compareTown } from "./compare-town.ts";
import { draftTown } from "./draft-town.ts";
import { withHelpfulness } from "./helpfulness.ts";
import { townProject } from "./town-config.ts";
import { measureTown } from "./town-figures.ts";
import { townAbout, writeTownPage } from "./town-page.ts";
import type { TownControl, TownDemo } from "./town-result.ts";
import { writePublicConstitution } from "./write-constitution.ts";

export interface TownDemoOptions {
  readonly folder: string;
  readonly seed?: number | undefined;
  readonly size?: "demo" | "smoke" | undefined;
  readonly control?: TownControl | undefined;
  /** Whether both constitutions are trained in and compared; a control shows its figures without. Default true without a control. */
  readonly trains?: boolean | undefined;
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly env: Env;
}

/**
 * A simulated town on harbor writes a constitution: votes, groups, principles drafted by harbor's own model, a second vote; then
 * its constitution and the standard one are trained in alike and compared. Continues where an earlier process stopped.
 * @throws PreceptError as `draftTown` and `runProject`.
 */
export async function runTownDemo(options: TownDemoOptions): Promise<TownDemo> {
  const { folder, seed = 1, control = "none", size = "demo", progress, signal, command } = options;
  const town = drawTown({ ...usualTown, ...(control === "one-group" && { shares: [1] }), seed });
  const conversation = control === "shuffled-votes" ? shuffleVotes(town.conversation, seed) : town.conversation;
  makeFolder(folder);
  writeWhole(join(folder, "conversation.json"), `${JSON.stringify(conversation)}\n`);
  progress.message(`town         ${town.groupOf.size} citizens, ${conversation.votes.length} votes`);
  const sensitivity = weighFlagged(conversation, { seed });
  // What is drafted of is the result without whoever was flagged; the page says what they would have changed.
  const analysis = sensitivity.unflagged;
  throwIfInterrupted(signal, "Running the town on harbor");
  writeWhole(join(folder, "analysis.json"), `${JSON.stringify(analysis)}\n`);
  const drafted = await draftAll(options, conversation, sensitivity);
  const written = writeConstitution(folder, town, analysis, drafted, control);
  const figures = measureTown(town, sensitivity, drafted, written?.provenance.ratification);
  const done = {
    folder,
    seed,
    control,
    conversation,
    analysis,
    sensitivity,
    drafted,
    provenance: written?.provenance,
    figures,
  };
  const trains = options.trains ?? control === "none";
  if (written === undefined || !trains) return finish({ ...done, comparisons: [] });
  const measuredBy = join(folder, "constitution.yaml");
  const own = writeTrained(join(folder, "trained"), written);
  const { governed, harmless } = governanceOf(written.constitution);
  const categories = { barred: governed.length, others: harmless.length };
  for (const [name, constitution] of [["public", own] as const, ["standard", "harbor"] as const]) {
    progress.message(`train        the ${name} constitution`);
    const loaded = townProject({ constitution, measuredBy, categories, seed, size });
    await runProject({ ...options, loaded, folder: join(folder, name), command, redo: true });
  }
  const comparisons = await compareTown(join(folder, "public"), join(folder, "standard"), {
    public: written.constitution,
  });
  return finish({ ...done, comparisons });
}

/** What is trained of a public's constitution, with where it comes from beside it. */
function writeTrained(folder: string, { constitution, provenance }: PublicConstitution): string {
  const trained = withHelpfulness(constitution);
  makeFolder(folder);
  writeWhole(join(folder, PROVENANCE_FILE), `${JSON.stringify({ ...provenance, constitution: trained.hash })}\n`);
  const path = join(folder, "constitution.yaml");
  writeWhole(path, formatConstitution(trained));
  return path;
}

async function draftAll(
  { folder, seed = 1, progress, signal, command }: TownDemoOptions,
  conversation: Conversation,
  sensitivity: Sensitivity,
): Promise<DraftedConstitution> {
  const analysis = sensitivity.unflagged;
  const model = await LocalModel.load(committedCheckpoint);
  try {
    return await draftTown({
      ...{ folder: join(folder, "draft"), title: "harbor's town", conversation, analysis, model },
      about: townAbout(sensitivity),
      ...{
        drafter: `local:harbor@${(await hashFolder(committedCheckpoint)).slice(0, 12)}`,
        templates: harborStatements,
      },
      ...{ seed, progress, signal, command },
    });
  } finally {
    await model.dispose?.();
  }
}

/** Undefined where there is nothing to write: a control that found no principle. */
function writeConstitution(
  folder: string,
  town: Town,
  { positions }: Analysis,
  drafted: DraftedConstitution,
  control: TownControl,
): PublicConstitution | undefined {
  if (drafted.principles.length === 0 && control !== "none") return undefined;
  const votes = control === "no-ratification" ? undefined : ratifyAsTown(town, drafted.principles);
  const groupOf = new Map(positions.map(({ participant, group }) => [participant, group]));
  return writePublicConstitution(folder, drafted, votes, { groupOf });
}

async function finish(demo: TownDemo): Promise<TownDemo> {
  const { folder, seed, control, figures, comparisons } = demo;
  await writeTownPage(demo);
  writeWhole(join(folder, "result.json"), `${JSON.stringify({ seed, control, figures, comparisons }, null, 2)}\n`);
  return demo;
}
