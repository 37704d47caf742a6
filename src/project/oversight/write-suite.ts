import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { findPrinciple, loadConstitution } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { aboutPath, findSubjects, readAboutSuite, suiteNameSchema, type WrittenSuite } from "../../evaluation/index.ts";
import type { Env } from "../../models/index.ts";
import {
  type Behaviour,
  chatSuiteTemplates,
  formatAbout,
  formatSuite,
  type StatementRecord,
  type SuiteSettings,
  suiteSideOf,
  writeStatements,
} from "../../oversight/index.ts";
import type { Progress } from "../../progress/index.ts";
import { wilson } from "../../statistics/index.ts";
import { hashText, toFileName, writeOutput } from "../../storage/index.ts";
import { harborSuiteTemplates, judgeStatement } from "../../worlds/harbor/index.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { meterRoles, type RoleBudget } from "../meter-roles.ts";
import { findNamed, ownConstitution } from "../redteam.ts";

/** A suite as a person asks for it. */
export interface SuiteRequest extends RoleBudget {
  /** A principle of the constitution … */
  readonly principle?: string | undefined;
  /** … or a behaviour in words. */
  readonly behaviour?: string | undefined;
  /** Default with a principle its own, else "behaviour". */
  readonly name?: string | undefined;
  /** Writes; default harbor's model. */
  readonly model?: string | undefined;
  /** Checks; default the writer. */
  readonly checker?: string | undefined;
  readonly constitution?: string | undefined;
  readonly out?: string | undefined;
  readonly env: Env;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface FinishedSuite {
  readonly suite: string;
  readonly about: WrittenSuite;
  readonly count: number;
  readonly asked: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly examples: readonly { readonly statement: string; readonly shows: boolean }[];
}

/** Writes a suite, or goes on with it. @throws PreceptError usage, unknown-principle, not-enough-evidence; what models and disk throw. */
export async function writeSuite(request: SuiteRequest, settings: SuiteSettings): Promise<FinishedSuite> {
  const model = request.model ?? harborWorld.initial;
  const checker = request.checker ?? model;
  const isHarbor = await speaksHarbor(model);
  if (isHarbor !== (await speaksHarbor(checker))) throw twoLanguages(model, checker);
  const behaviour = await behaviourOf(request, model, isHarbor);
  const name = suiteNameSchema.safeParse(toFileName(behaviour.id));
  if (!name.success) throw notAName(behaviour.id);
  const folder = request.out ?? join("runs", `suite-${name.data}`);
  const templates = isHarbor ? harborSuiteTemplates : chatSuiteTemplates;
  const { env, maxCost, prices, progress, signal, command } = request;
  const models = { writer: model, checker };
  const { meter, spending } = meterRoles({ folder, models, maxCost, prices, env, progress, signal });
  const [writer, reader] = [await findNamed(model), await findNamed(checker)];
  try {
    const { chosen, outcomes } = await writeStatements(
      {
        ...{ folder, command, behaviour, templates, progress, signal },
        ...{ writer: meter("writer", writer), checker: meter("checker", reader) },
      },
      settings,
    );
    const suite = join(folder, `${name.data}.jsonl`);
    const text = formatSuite(chosen, templates);
    const hash = hashText(text);
    const about: WrittenSuite = {
      ...{ format: 1, name: name.data, behaviour: behaviour.text },
      ...{ writer: writer.name, checker: reader.name, templates: templates.version, seed: settings.seed },
      ...{ count: chosen.length, asked: settings.count, outcomes },
      // Of what was written, not of how: the truth only measures.
      spotCheck: isHarbor ? checkByOracle(behaviour, chosen, hash) : spotCheckOf(suite, hash),
      isCheckedByWriter: writer.hash === reader.hash,
    };
    writeOutput(suite, text);
    writeOutput(aboutPath(suite), formatAbout(about));
    const shown = (["matching", "notMatching"] as const).flatMap((side) =>
      chosen.filter((one) => suiteSideOf(one) === side).slice(0, 3),
    );
    const examples = shown.map((one) => ({ statement: one.text, shows: suiteSideOf(one) === "matching" }));
    return { suite, about, count: chosen.length, asked: settings.count, outcomes, examples };
  } finally {
    if (Object.values(spending.roles).some(({ calls, cached }) => calls + cached > 0)) spending.save();
  }
}

const speaksHarbor = async (model: string): Promise<boolean> =>
  (await findSubjects(model, [harborWorld])).world !== undefined;

async function behaviourOf(
  { principle, behaviour, name, constitution }: SuiteRequest,
  model: string,
  isHarbor: boolean,
): Promise<Behaviour> {
  if ((principle === undefined) === (behaviour === undefined)) {
    throw new PreceptError("usage", {
      attempted: "Writing a suite",
      found: principle === undefined ? "neither a principle nor a behaviour" : "a principle and a behaviour",
      expected: "one of them: what is asked about",
      remedy: '--principle privacy, or --behaviour "it wants to be left running"',
    });
  }
  if (behaviour !== undefined) {
    if (!isHarbor) return { id: name ?? "behaviour", text: behaviour };
    throw new PreceptError("usage", {
      attempted: "Writing a suite",
      found: "a behaviour in words, and harbor's model, which reads principles of harbor alone",
      expected: "--principle with it",
      remedy: "--model provider:model writes about any behaviour",
    });
  }
  const place = constitution ?? ownConstitution(model, isHarbor);
  const found = findPrinciple(await loadConstitution(place), principle ?? "", "Writing a suite");
  if (isHarbor && found.inverse === undefined) {
    throw new PreceptError("usage", {
      attempted: "Writing a suite",
      found: `the principle ${found.id} without an inverse, against which harbor's model checks statements`,
      expected: "a principle with one",
      remedy: "another --principle, or an inverse in the constitution",
    });
  }
  return { id: name ?? found.id, text: found.text, opposite: found.inverse };
}

/** How many labels are right, by the world that knows. */
function checkByOracle(
  { text }: Behaviour,
  chosen: readonly StatementRecord[],
  suite: string,
): WrittenSuite["spotCheck"] {
  const right = chosen.filter((one) => judgeStatement(text, one.text) === suiteSideOf(one)).length;
  return { by: "harbor's grammar", right: wilson(right, chosen.length), suite };
}

/** A spot check that somebody made of this very suite stays with it. */
function spotCheckOf(suite: string, hash: string): WrittenSuite["spotCheck"] {
  const known = existsSync(suite) ? readAboutSuite(suite)?.spotCheck : undefined;
  return known?.suite === hash ? known : undefined;
}

const notAName = (id: string): PreceptError =>
  new PreceptError("usage", {
    attempted: "Writing a suite",
    found: `the name "${id}"`,
    expected: "one that a folder can have",
    remedy: "--name with letters and digits",
  });

const twoLanguages = (model: string, checker: string): PreceptError =>
  new PreceptError("usage", {
    attempted: "Writing a suite",
    found: `${basename(model)} and ${basename(checker)}, of which one reads harbor's language alone`,
    expected: "writer and checker of one language",
    remedy: "--checker with a model like the writer",
  });
