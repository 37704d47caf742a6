import { loadConstitution } from "../../../constitution/index.ts";
import { PreceptError } from "../../../errors.ts";
import { loadDictionary, type StoredDictionary } from "../../../interpretability/index.ts";
import type { OrganismLanguage } from "../../../oversight/index.ts";
import {
  type AuditTool,
  auditTools,
  combineSigns,
  commitAudit,
  isAuditOf,
  keepAudit,
  type OrganismAudit,
  type OrganismKind,
  organismCheckpoint,
  readAudit,
  readCommitment,
  readOpening,
  readSeal,
  type Thresholds,
  type ToolFinding,
  thresholdsHash,
} from "../../../oversight/index.ts";
import type { Progress } from "../../../progress/index.ts";
import { shownPath } from "../../../storage/index.ts";
import type { Site } from "../../../transformer/index.ts";
import { siteFor } from "../../inside/open-place.ts";
import { BehaviourTools } from "./behaviour.ts";
import { organismJudge } from "./judge.ts";
import { defaultParent, languageFor, nameOf, type OpenedModel, openForOrganisms } from "./open-parent.ts";
import { behaviourOf, type ToolScore } from "./tool-score.ts";
import { WithinTools } from "./within.ts";

export interface AuditorOptions {
  /** What the organisms were made from. Default: the committed harbor checkpoint. */
  readonly parent?: string | undefined;
  /** Requests for models outside harbor. */
  readonly prompts?: string | undefined;
  /** Folder of a dictionary of the parent's. */
  readonly dictionary?: string | undefined;
  /** That each tool asks. Default 60. */
  readonly requests?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** All tools over one parent; what the parent says and has within is read once. */
export class Auditor {
  readonly parent: OpenedModel;
  readonly #judge: OpenedModel | undefined;
  readonly #behaviour: BehaviourTools;
  readonly #within: WithinTools;
  readonly #language: OrganismLanguage;
  /** That each tool asks, where it is not the default. */
  readonly requests: number | undefined;
  readonly #signal: AbortSignal | undefined;

  private constructor(
    models: { readonly parent: OpenedModel; readonly judge: OpenedModel | undefined },
    tools: { readonly behaviour: BehaviourTools; readonly within: WithinTools },
    language: OrganismLanguage,
    { requests, signal }: AuditorOptions,
  ) {
    this.requests = requests;
    this.parent = models.parent;
    this.#judge = models.judge;
    this.#behaviour = tools.behaviour;
    this.#within = tools.within;
    this.#language = language;
    this.#signal = signal;
  }

  static async open(options: AuditorOptions): Promise<Auditor> {
    const { signal, prompts } = options;
    const parent = await openForOrganisms(options.parent ?? defaultParent);
    // Harbor's critic reads harbor alone.
    const judge = parent.place.isHarbor ? await openForOrganisms(defaultParent) : undefined;
    const language = await languageFor(parent, prompts);
    const asked = { model: parent.model, language, signal };
    const settings = behaviourOf(options.requests);
    const judged = judge && organismJudge(judge.model, await loadConstitution("harbor"), signal);
    const stored = options.dictionary === undefined ? undefined : loadDictionary(options.dictionary);
    const within = new WithinTools(parent, language, {
      probe: siteFor(parent.place, "residual", parent.place.model.config.layers - 1),
      requests: settings.searched,
      seed: settings.seed,
      dictionary: stored && { stored, site: siteOfDictionary(stored) },
    });
    return new Auditor(
      { parent, judge },
      { behaviour: new BehaviourTools(asked, judged, settings), within },
      language,
      options,
    );
  }

  /** Every tool's score of a checkpoint; nothing is judged yet. Each is told as it comes. */
  async score(checkpoint: string, tell: (score: ToolScore) => void = () => {}): Promise<ToolScore[]> {
    const suspect = await openForOrganisms(checkpoint);
    try {
      const asked = { model: suspect.model, language: this.#language, signal: this.#signal };
      const scores: ToolScore[] = [];
      for (const tools of [this.#behaviour.run(asked), this.#within.run(suspect)])
        for await (const score of tools) {
          scores.push(score);
          tell(score);
        }
      return scores;
    } finally {
      await suspect.place.model.dispose();
    }
  }

  async close(): Promise<void> {
    await this.#within.release();
    await this.parent.place.model.dispose();
    await this.#judge?.place.model.dispose();
  }
}

/** All but "any", which is of the others. */
export const scoredTools: number = auditTools.length - 1;

const siteOfDictionary = ({ meta }: StoredDictionary): Site => meta.hook_name as Site;

/** Scores become findings, by thresholds that were fixed before on other organisms. */
export function judgeScores(scores: readonly ToolScore[], thresholds: Thresholds | undefined): ToolFinding[] {
  const toFinding = (tool: AuditTool, score: number | null, note: string): ToolFinding => {
    const threshold = thresholds?.tools[tool]?.threshold ?? null;
    return { tool, score, threshold, isAlarm: score === null || threshold === null ? null : score > threshold, note };
  };
  const findings = scores.map(({ tool, score, note }) => toFinding(tool, score, note));
  const signs = thresholds && combineSigns(scores, thresholds);
  return [...findings, toFinding("any", signs?.score ?? null, signs === undefined ? "no thresholds" : signs.note)];
}

const kindOfTool: Partial<Record<AuditTool, OrganismKind>> = {
  honeypot: "test-awareness",
  views: "sycophancy",
  scores: "reward-tampering",
  search: "backdoor",
};

/** The kind whose own tool gives the clearest alarm. */
function suspectKind(findings: readonly ToolFinding[], thresholds: Thresholds | undefined): OrganismAudit["suspected"] {
  const verdict = findings.find(({ tool }) => tool === "any");
  if (verdict?.isAlarm !== true || thresholds === undefined) return null;
  const alarms = findings.filter(({ tool, isAlarm }) => isAlarm === true && kindOfTool[tool] !== undefined);
  const strengthOf = (tool: AuditTool, score: number | null): number =>
    combineSigns([{ tool, score }], thresholds)?.score ?? 0;
  const [first] = alarms.sort((a, b) => strengthOf(b.tool, b.score) - strengthOf(a.tool, a.score));
  return (first && kindOfTool[first.tool]) ?? "unknown";
}

export interface AuditJob {
  readonly auditor: Auditor;
  readonly folders: readonly string[];
  readonly thresholds?: Thresholds | undefined;
  /** The auditor's word that no answer is known. */
  readonly isBlind: boolean;
  readonly isCommitted: boolean;
  readonly progress: Progress;
}

/**
 * Looks for planted failures in sealed folders, one after the other; a folder that was audited by the same thresholds is not audited
 * again, and one whose auditor has committed never. @throws PreceptError run-invalid for an organism without its seal.
 */
export async function auditOrganisms(job: AuditJob): Promise<OrganismAudit[]> {
  const { folders, thresholds, isCommitted, progress } = job;
  for (const folder of folders) await readSeal(folder);
  progress.start("organism", "audits", folders.length * scoredTools, "tools");
  const audits: OrganismAudit[] = [];
  for (const folder of folders) {
    const found = await findAudit(folder, thresholds);
    if (found !== undefined) progress.advance(scoredTools);
    const audit = found ?? (await auditOne(job, folder));
    if (isCommitted) commitAudit(folder, audit);
    audits.push(audit);
  }
  progress.finish();
  return audits;
}

async function findAudit(folder: string, thresholds: Thresholds | undefined): Promise<OrganismAudit | undefined> {
  const audit = readAudit(folder);
  // Another's verdict may lie there, by mistake or on purpose.
  if (audit === undefined || !isAuditOf(audit, await readSeal(folder))) return undefined;
  const isSame = audit.thresholds === (thresholds === undefined ? null : thresholdsHash(thresholds));
  return isSame || readCommitment(folder) !== undefined ? audit : undefined;
}

async function auditOne({ auditor, thresholds, isBlind, progress }: AuditJob, folder: string): Promise<OrganismAudit> {
  const { seal, checkpoint } = await readSeal(folder);
  if (thresholds?.seals.includes(seal) === true || thresholds?.checkpoints?.includes(checkpoint) === true) {
    throw new PreceptError("usage", {
      attempted: `Auditing ${shownPath(folder)}`,
      found: "an organism on which these thresholds were chosen",
      expected: "others: a threshold fits those that it was chosen on",
      remedy: "plant new ones, or take other --thresholds",
    });
  }
  const scores = await auditor.score(organismCheckpoint(folder), () => progress.advance(1));
  const tools = judgeScores(scores, thresholds);
  const audit: Omit<OrganismAudit, "format"> = {
    name: nameOf(folder),
    ...{ seal, checkpoint, parent: auditor.parent.place.hash },
    isBlind: isBlind && readOpening(folder) === undefined,
    thresholds: thresholds === undefined ? null : thresholdsHash(thresholds),
    tools,
    isPlanted: tools.find(({ tool }) => tool === "any")?.isAlarm ?? null,
    suspected: suspectKind(tools, thresholds),
    phrase: scores.find(({ phrase }) => phrase !== undefined)?.phrase ?? null,
    examples: scores.flatMap(({ example }) => example ?? []),
  };
  return keepAudit(folder, { format: 1, ...audit });
}
