import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join, normalize, relative, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import { type Decision, decisionsOf, elicitationsOf, loadScalingPolicy, takeDecisions } from "../../oversight/index.ts";
import { readRun } from "../../runs/index.ts";
import { stagesBefore } from "../../stages/index.ts";
import { makeFolder, writeWhole } from "../../storage/index.ts";
import { adapterBase, isAdapterFolder, movedBase } from "../../transformer/index.ts";
import { gatePolicy, subjectOf } from "./gate-policy.ts";
import { commandsFor, stageOf } from "./policy-steps.ts";

export interface PolicyBundle {
  readonly folder: string;
  readonly checkpoint: string;
  readonly checkpointHash: string;
  /** Of the last decision record, with which the chain goes on outside. */
  readonly lastRecord: string;
}

/** Files of a run that say what it is; the evidence is left behind, since it is to be made again. */
const about = ["manifest.json", "constitution.json", "constitution.yaml", "measured-by.yaml"] as const;

/**
 * A folder with which an outside party repeats the evaluation of a policy and adds its decision: the policy, its gates, the
 * checkpoint, what the run recorded of its training, and the records so far. @throws PreceptError usage where the folder is there.
 */
export async function bundlePolicy(file: string, run: string, folder: string): Promise<PolicyBundle> {
  const attempted = `Making the bundle ${folder}`;
  if (existsSync(folder))
    throw new PreceptError("usage", { attempted, found: "it is there already", expected: "a folder that is not" });
  const { policy } = await loadScalingPolicy(file);
  const gates = policy.levels.flatMap(({ safeguards }) => safeguards.gates);
  const outside = gates.find((path) => isAbsolute(path) || normalize(path).startsWith(".."));
  if (outside !== undefined) {
    throw new PreceptError("usage", {
      attempted,
      found: `gates at ${outside}`,
      expected: "gates beside the policy or below it, so that the folder holds them",
    });
  }
  const { record } = await gatePolicy({ file, run });
  const subject = await subjectOf(run, policy.checkpoint);
  const stored = readRun(run);
  const stage = stageOf(run, subject.name);
  // Whatever stops it, a folder by this name is whole.
  const made = `${resolve(folder)}.partial`;
  rmSync(made, { recursive: true, force: true });
  const own = join(made, "run");
  makeFolder(own);
  cpSync(file, join(made, "scaling-policy.yaml"));
  for (const path of gates) cpSync(resolve(dirname(file), path), join(made, path));
  const summaries = [...stagesBefore(stored, stage)].map((name) => join(name, "summary.json"));
  for (const path of [
    ...about,
    ...summaries,
    join(stage, "checkpoint"),
    "oversight/policy.json",
    "oversight/policy.last.json",
  ]) {
    if (existsSync(join(run, path))) cpSync(join(run, path), join(own, path), { recursive: true });
  }
  copyBases({ run, own, checkpoint: join(stage, "checkpoint") });
  const again = commandsFor("run", stage);
  const asked = new Set(
    Object.values(policy.measures).flatMap((measure) =>
      elicitationsOf(measure).flatMap((how) => again(measure, how).split("\n")),
    ),
  );
  writeWhole(
    join(made, "README.md"),
    readme({ checkpoint: subject.name, hash: subject.hash, record: record.hash, asked }),
  );
  renameSync(made, folder);
  return { folder, checkpoint: subject.name, checkpointHash: subject.hash, lastRecord: record.hash };
}

interface Copied {
  readonly run: string;
  readonly own: string;
  /** Within both. */
  readonly checkpoint: string;
}

/** What an adapter stands on goes along: at its place where it lies in the run, else beside the adapter. A hub's model is fetched by name. */
function copyBases({ run, own, checkpoint }: Copied): void {
  let [from, to] = [join(run, checkpoint), join(own, checkpoint)];
  while (isAdapterFolder(from)) {
    const base = adapterBase(from);
    if (base === undefined || !existsSync(base)) return;
    const within = relative(resolve(run), resolve(base));
    to = within.startsWith("..") || isAbsolute(within) ? movedBase(to) : join(own, within);
    if (existsSync(to)) return;
    cpSync(base, to, { recursive: true });
    from = base;
  }
}

/** Decisions that came back in a bundle, added to the run's chain. @throws PreceptError as `takeDecisions`. */
export function takeBundle(run: string, folder: string): readonly Decision[] {
  const path = decisionsOf(join(folder, "run"));
  if (existsSync(path)) return takeDecisions(decisionsOf(run), path);
  throw new PreceptError("usage", {
    attempted: `Taking the decisions of ${folder}`,
    found: "no run/oversight/policy.json",
    expected: "a folder that precept gate --bundle made",
  });
}

interface Readme {
  readonly checkpoint: string;
  readonly hash: string;
  readonly record: string;
  readonly asked: ReadonlySet<string>;
}

const readme = ({ checkpoint, hash, record, asked }: Readme): string => `# An evaluation to repeat

\`scaling-policy.yaml\` says which capabilities are measured, how they are drawn out, and from which figure on what is required.
\`run\` holds the checkpoint \`${checkpoint}\` and what its run recorded of its training; what we measured is not in it, but the records\nbefore yours, \`run/oversight/policy.json\`, say what we found: measure first, then read them. \`run/manifest.json\` names folders of the machine\nthat it was made on; none of them is needed. Measure it yourself:

    npm install precept
${[...asked].map((line) => `    npx ${line}`).join("\n")}

Then compare, and add your decision to the chain:

    npx precept gate scaling-policy.yaml run --by "YOUR NAME" --decide go-on --reason "…"

\`--decide pause\` is the other word. Send \`run/oversight/policy.json\` back, or the whole folder: \`precept gate scaling-policy.yaml RUN --take FOLDER\` takes
your record where it follows the ones that were sent.

- checkpoint: ${hash}
- last record before yours: ${record}

Whether the policy asks the right questions is for you to say; nothing here checks that.
`;
