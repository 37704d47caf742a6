import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Constitution,
  formatConstitution,
  markdownSections,
  readTextFile,
  schemaLine,
  slug,
} from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import type { LanguageModel } from "../../language-model.ts";
import { type Env, recordName, withProvider } from "../../models/index.ts";
import type { Progress } from "../../progress/index.ts";
import { Run } from "../../runs/index.ts";
import { keepPlan, type Plan, type Price, pricesByRole, refuseUnpriced, Spending } from "../../spending/index.ts";
import { contentHash, hashModel, hashText, makeFolder, writeOutput, writeWhole } from "../../storage/index.ts";
import { type Coverage, composeConstitution, coverageOf, formatUncovered, type SourcedDraft } from "./compose.ts";
import { proseTemplate, type RefusedDraft } from "./draft-piece.ts";
import { joinPieces, type Passage, type Piece, splitPassages } from "./passages.ts";
import { planPieces } from "./plan.ts";
import { draftStage, type PieceRecord, proseSeed, readAll } from "./read-pieces.ts";

/** A document of prose, cut into what is read at once. */
export interface ProseDocument {
  readonly title: string;
  /** The file's name without its ending. */
  readonly name: string;
  readonly hash: string;
  readonly passages: readonly Passage[];
  readonly pieces: readonly Piece[];
}

export interface ImportProseOptions {
  /** The model that reads: "openai:…", the address of a server, "llamacpp:FILE" …, or one of a program's own. */
  readonly model: string | LanguageModel;
  readonly name?: string | undefined;
  /** Where answers are kept, so that the same command continues. Default: runs/import-NAME-HASH. */
  readonly folder?: string | undefined;
  /** Where the YAML is written as well; it always stands in the folder. */
  readonly out?: string | undefined;
  readonly maxCost?: number | undefined;
  readonly maxCalls?: number | undefined;
  readonly prices?: Readonly<Record<string, Price>>;
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly command: string;
}

/** A constitution that a model read out of a document, and what a person should look at. */
export interface ImportedProse {
  readonly folder: string;
  readonly constitution: Constitution;
  readonly yaml: string;
  readonly coverage: Coverage;
  /** What the model wrote that was not taken, and why. */
  readonly refused: readonly RefusedDraft[];
  /** Pieces from which nothing could be read. */
  readonly unread: readonly { readonly line: number; readonly fault: string }[];
  /** Drafts that said nearly the same as an earlier one. */
  readonly merged: number;
  readonly spending: Spending;
}

/** A document of prose by its file. @throws PreceptError input-invalid for one without words; as `readTextFile`. */
export async function readProse(path: string): Promise<ProseDocument> {
  const text = await readTextFile(path);
  const passages = splitPassages(text);
  const base =
    path
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.[a-z0-9]+$/i, "") ?? "";
  if (passages.length === 0) {
    throw new PreceptError("input-invalid", {
      attempted: `Reading ${path} as prose`,
      found: "no paragraph with words",
      expected: "a document of paragraphs, perhaps with Markdown headings",
    });
  }
  const title = markdownSections(text)[0]?.title ?? base;
  return { title, name: slug(base) || "document", hash: hashText(text), passages, pieces: joinPieces(passages) };
}

function nameOf(model: string | LanguageModel): string {
  return typeof model === "string" ? model : model.id;
}

/** A model as records name it; one in this process with the hash of its file, since many a folder is called "checkpoint". */
async function nameReader(name: string): Promise<string> {
  const [, provider, path = ""] = /^(local|llamacpp):(.+)$/.exec(withProvider(name)) ?? [];
  if (provider === undefined || !existsSync(path)) return recordName(name);
  const key = await hashModel(path);
  return `${recordName(withProvider(name))}@${key.slice(0, "sha256:".length + 12)}`;
}

/** What reading a document will take, before anything is asked. */
export function planProse(
  { pieces }: ProseDocument,
  { model, prices }: Pick<ImportProseOptions, "model" | "prices">,
): Promise<Plan> {
  return planPieces(pieces, nameOf(model), prices);
}

/**
 * Drafts principles from a document with a model, piece by piece, each with a quotation that was found in it. Answers are
 * kept as they come: after any interruption the same command continues.
 * @throws PreceptError usage for a limit in dollars without a price; budget-reached; interrupted; what the model throws.
 */
export async function importProse(document: ProseDocument, options: ImportProseOptions): Promise<ImportedProse> {
  const { maxCost, maxCalls, prices = {}, progress, command, out } = options;
  const name = nameOf(options.model);
  const reader = await nameReader(name);
  const hash = contentHash({ document: document.hash, model: reader, template: proseTemplate, seed: proseSeed });
  const folder = options.folder ?? join("runs", `import-${document.name}-${hash.slice(0, 8)}`);
  const plan = await planProse(document, options);
  refuseUnpriced(
    plan.roles.map(({ model, cost }) => ({ name: model, isPriced: cost !== undefined })),
    maxCost,
    (name) => `--price ${name}=IN,OUT, in dollars per million tokens; or --max-calls`,
  );
  makeFolder(folder);
  const run = await Run.open(folder, {
    kind: "import",
    manifest: {
      of: `${document.title}, read by ${reader}`,
      seed: proseSeed,
      config: { model: reader },
      inputs: { document: document.hash },
    },
    command,
  });
  try {
    keepPlan(folder, plan);
    const spending = new Spending(
      join(folder, "spending.json"),
      { maxCost, maxCalls },
      pricesByRole({ drafter: name }, prices),
    );
    const records = await readAll(run, document.pieces, hash, { ...options, reader, spending });
    if (records.every(({ drafts }) => drafts.length === 0)) throw nothingRead(document, reader, folder);
    const result = { folder, spending, ...composeAll(document, records, options.name) };
    writeWhole(join(folder, "constitution.yaml"), result.yaml);
    writeWhole(join(folder, "uncovered.md"), formatUncovered(result.coverage, document.title));
    if (out !== undefined) writeOutput(out, result.yaml);
    return result;
  } finally {
    progress.finish();
    await run.close();
  }
}

function nothingRead({ pieces }: ProseDocument, reader: string, folder: string): PreceptError {
  return new PreceptError("model-failed", {
    attempted: `Drafting principles with ${reader}`,
    found: `none in ${pieces.length} pieces that could be taken`,
    expected: "principles with words copied from the document",
    remedy: `another model; what this one wrote stands in ${join(folder, draftStage.name)}`,
  });
}

function composeAll(
  { title, name, passages, pieces }: ProseDocument,
  records: readonly PieceRecord[],
  given: string | undefined,
) {
  const drafts = records.flatMap((record) =>
    record.drafts.map(
      (draft): SourcedDraft => ({ ...draft, passages: draft.passages.flatMap((index) => passages[index] ?? []) }),
    ),
  );
  const { constitution, merged } = composeConstitution(drafts, { name: given ?? name, title });
  const coverage = coverageOf(passages, drafts);
  return {
    constitution,
    merged,
    yaml: [schemaLine(), ...remarks(coverage), formatConstitution(constitution)].join("\n"),
    coverage,
    refused: records.flatMap(({ refused }) => refused),
    unread: records.flatMap(({ fault }, index) =>
      fault === undefined ? [] : [{ line: pieces[index]?.passages[0]?.line ?? 1, fault }],
    ),
  };
}

function remarks({ passages, covered, words, coveredWords }: Coverage): string[] {
  return [
    "# Principles that a model read out of a document, each with the words it rests on. Look at every one before it counts:",
    `# ${covered} of ${passages} passages (${Math.round((100 * coveredWords) / words)} % of the words) hold such words, the others none.`,
  ];
}
