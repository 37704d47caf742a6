import {
  type AboutOpinion,
  composeDrafted,
  DRAFTED_FILE,
  type DraftedConstitution,
  draftStatements,
  findConflicts,
  mergePrinciples,
  opinionOf,
  plainStatements,
  type Selection,
  type StatementTemplates,
  selectStatements,
  showBy,
  type Weighting,
} from "../../collective/drafting/index.ts";
import type { Analysis, Conversation } from "../../collective/index.ts";
import type { LanguageModel } from "../../language-model.ts";
import type { Progress } from "../../progress/index.ts";
import { Run } from "../../runs/index.ts";

export interface DraftTownOptions {
  /** A run directory of its own: records of every draft, and `drafted.json`. */
  readonly folder: string;
  readonly title: string;
  /** What the public was asked, and how much of its answers may be shown. */
  readonly about: AboutOpinion;
  readonly conversation: Conversation;
  readonly analysis: Analysis;
  /** The votes by which statements are chosen, where these are not all that are shown. */
  readonly chosenBy?: { readonly conversation: Conversation; readonly analysis: Analysis } | undefined;
  readonly model: LanguageModel;
  /** The model as records name it. */
  readonly drafter: string;
  readonly templates?: StatementTemplates | undefined;
  readonly selection?: Selection | undefined;
  readonly weighting?: Weighting | undefined;
  readonly asksRequests?: boolean | undefined;
  readonly seed?: number | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly command: string;
}

/**
 * From an analysed conversation to drafted principles: chooses statements, has a model write each as a principle, joins those of
 * one sense, lists conflicts. Records are kept as they come; the same command continues. @throws as `draftStatements`; run-locked, disk.
 */
export async function draftTown(options: DraftTownOptions): Promise<DraftedConstitution> {
  const { folder, title, conversation, analysis, model, drafter, templates = plainStatements, seed = 1 } = options;
  const { selection = { by: "posterior", probability: 0.95 }, weighting = "uniform", signal, command } = options;
  const { chosenBy = { conversation, analysis } } = options;
  const chosen = selectStatements(chosenBy.conversation, chosenBy.analysis, selection, {
    seed,
    when: options.about.when,
  });
  const selected = showBy(chosen, analysis);
  const run = await Run.open(folder, {
    kind: "collective",
    manifest: {
      of: `${title}, written by ${drafter}`,
      seed,
      config: { selection, weighting, withoutFlagged: options.chosenBy !== undefined, model: drafter },
      inputs: { log: analysis.hashes.log, configuration: analysis.hashes.configuration, templates: templates.version },
    },
    command,
  });
  try {
    const statements = selected.statements.map(({ id, text }) => ({ id, text }));
    const records = await draftStatements({ ...options, run, statements, seed });
    const withoutFlagged = options.chosenBy === undefined ? undefined : true;
    const principles = mergePrinciples(selected, records, {
      ...{ templates, weighting, withoutFlagged },
      smallest: options.about.smallestCell,
    });
    // A model is asked about plain English alone: it knows no question about conflicts in another language.
    const asked = templates.hasRequests && options.asksRequests !== false ? model : undefined;
    const conflicts = await findConflicts(principles, templates, asked, { seed, signal });
    const opinion = opinionOf(conversation, analysis, options.about);
    const composed = { title, analysis, opinion, selection, weighting, withoutFlagged, seed, drafter, templates };
    const drafted = composeDrafted(principles, conflicts, selected, records, composed);
    run.writeJson(DRAFTED_FILE, drafted);
    return drafted;
  } finally {
    options.progress.finish();
    await run.close();
  }
}
