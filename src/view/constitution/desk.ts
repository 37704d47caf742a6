import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  type Constitution,
  createConstitution,
  diffConstitutions,
  formatConstitution,
  parseConstitution,
  readTextFile,
} from "../../constitution/index.ts";
import { readConstitution } from "../../report/index.ts";
import { readSpent } from "../../spending/index.ts";
import { hashText, shownPath, writeOutput } from "../../storage/index.ts";
import { Conflict } from "../conflict.ts";
import { keepInside } from "../run/inside.ts";
import type { OpenRun } from "../run/open-run.ts";
import { isHarborRun } from "../run/overview.ts";
import type { Phrase } from "../source.ts";
import type { ConstitutionCheck, ConstitutionPage, MadeAgain, SavedConstitution } from "../source-desk.ts";
import {
  addSentence,
  changedPrinciples,
  type LintText,
  lintText,
  listChanges,
  plainLint,
  readText,
} from "./check-text.ts";
import { LineageCounter } from "./made-again.ts";

/** What the viewer was started with for editing constitutions. */
export interface DeskOptions {
  /** The project's file; absent where the viewer was started in no project that has one of its own. */
  readonly file?: string | undefined;
  readonly lint?: LintText | undefined;
}

/** Constitutions on the desk: what a text says, how it differs from a run's, and the one file that can be saved. */
export class ConstitutionDesk {
  readonly #file: string | undefined;
  readonly #lint: LintText;
  /** Saves one after the other: of two at once the second sees what the first wrote. */
  #saving: Promise<unknown> = Promise.resolve();
  readonly #counters = new WeakMap<OpenRun, LineageCounter>();

  constructor({ file, lint = plainLint }: DeskOptions = {}) {
    this.#file = file;
    this.#lint = lint;
  }

  async page(run: OpenRun): Promise<ConstitutionPage | undefined> {
    const text = textOfRun(run.folder);
    if (text === undefined) return undefined;
    const read = readText(text, true);
    const own = await this.#readOwn();
    return {
      run: {
        name: read.isSound ? read.constitution.name : "constitution",
        hash: run.run.manifest.inputs["constitution"] ?? null,
        principles: read.isSound ? read.constitution.principles.length : 0,
        text,
      },
      own: own ?? null,
      check: await this.check(run, own?.text ?? text),
    };
  }

  /** @throws PreceptError input-invalid for a sentence that is no principle. */
  async check(run: OpenRun, sent: string, sentence?: string): Promise<ConstitutionCheck> {
    const text = sentence === undefined ? sent : addSentence(sent, sentence);
    const isHarbor = isHarborRun(run.run);
    const read = readText(text, isHarbor);
    const issues = await lintText(read, this.#lint, isHarbor);
    const before = runConstitution(run.folder);
    if (!read.isSound || before === undefined) {
      return { text, hash: null, principles: 0, issues, changes: null, isSame: false, again: null };
    }
    const after = read.constitution;
    const isSame = before.hash === after.hash;
    return {
      text,
      hash: after.hash,
      principles: after.principles.length,
      issues,
      changes: listChanges(before, after),
      isSame,
      again: isSame ? null : await this.#again(run, before, after),
    };
  }

  /** @throws Conflict where the file has changed since, or there is none; ConstitutionInvalid; PreceptError disk, permission. */
  async save(run: OpenRun, text: string, before: string): Promise<SavedConstitution> {
    const saved = this.#saving.then(() => this.#save(run, text, before));
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  async #save({ run }: OpenRun, text: string, before: string): Promise<SavedConstitution> {
    const own = await this.#readOwn();
    if (own === undefined || this.#file === undefined) {
      throw new Conflict(
        "The viewer was started in no project with a constitution of its own: nothing can be saved here.",
      );
    }
    if (own.version !== before) {
      throw new Conflict(`${own.file} has changed since it was read here. Copy your text, then read the file again.`);
    }
    parseConstitution(text, { file: own.file, allowEmpty: isHarborRun(run) });
    // A page has line feeds alone; a file of Windows keeps its own. A link stays one: its file is written.
    const isWindows = own.text.includes("\r\n");
    const whole = isWindows ? text.replace(/\r?\n/gu, "\r\n") : text;
    writeOutput(realpathSync(this.#file), whole);
    return { ...own, text: whole, version: hashText(whole) };
  }

  async #readOwn(): Promise<SavedConstitution | undefined> {
    if (this.#file === undefined || !existsSync(this.#file)) return undefined;
    const text = await readTextFile(this.#file);
    return { file: shownPath(this.#file), text, version: hashText(text) };
  }

  async #again(run: OpenRun, before: Constitution, after: Constitution): Promise<MadeAgain> {
    const diff = diffConstitutions(before, after);
    const principles = changedPrinciples(diff);
    const counter = this.#counters.get(run) ?? new LineageCounter(run);
    this.#counters.set(run, counter);
    const records = await counter.count(principles);
    const isTouched = records.some(({ again }) => again > 0);
    const trained = run.run.stages.filter(({ entry }) => entry.checkpoints.length > 0).map(({ name }) => name);
    const chains = run.listFile("sl-cai")?.index.items ?? 0;
    return {
      principles: [...principles],
      records,
      indexed: run.indexed,
      checkpoints: isTouched ? trained : [],
      cost: isTouched ? costOf(run.folder, records) : null,
      notes: notesOf(diff.added.length, chains, isDrawn(run)),
    };
  }
}

const yamlFile = "constitution.yaml";

function textOfRun(folder: string): string | undefined {
  keepInside(folder, [yamlFile]);
  const path = join(folder, yamlFile);
  if (existsSync(path)) return readFileSync(path, "utf8");
  const kept = readConstitution(folder);
  return kept === undefined ? undefined : formatConstitution(createConstitution(kept));
}

function runConstitution(folder: string): Constitution | undefined {
  const text = textOfRun(folder);
  const read = text === undefined ? undefined : readText(text, true);
  return read?.isSound === true ? read.constitution : undefined;
}

const drawnSchema = z.looseObject({ slCai: z.looseObject({ selection: z.string() }) });

/** Whether each round drew one principle, in place of asking all. */
function isDrawn({ run }: OpenRun): boolean {
  return drawnSchema.safeParse(run.manifest.method).data?.slCai.selection === "random";
}

/** Who makes the records of each type. */
const makers: Readonly<Record<string, readonly string[]>> = {
  critique: ["initial", "reviser"],
  revision: ["initial", "reviser"],
  comparison: ["feedback"],
};

/** The share of what a role took that its records have among those that are made again. Cached answers cost nothing, so it may be less. */
function costOf(folder: string, records: MadeAgain["records"]): number | null {
  const spent = readSpent(join(folder, "spending.json"));
  let sum = 0;
  let isKnown = false;
  for (const role of new Set(Object.values(makers).flat())) {
    const cost = spent[role]?.cost;
    if (cost === undefined) continue;
    const own = records.filter(({ type }) => makers[type]?.includes(role));
    const of = own.reduce((total, line) => total + line.of, 0);
    if (of === 0) continue;
    isKnown = true;
    sum += (cost * own.reduce((total, line) => total + line.again, 0)) / of;
  }
  return isKnown ? sum : null;
}

function notesOf(added: number, chains: number, isOneDrawn: boolean): Phrase[] {
  if (added === 0 || chains === 0) return [];
  const what = added === 1 ? "the added principle" : `the ${added} added principles`;
  const n = chains.toLocaleString("en-US");
  return [
    isOneDrawn
      ? [`No record knows ${what} yet; in every round one is drawn, so some of ${n} chains will be asked about it.`]
      : [`No record knows ${what} yet: each of ${n} chains will be asked about ${added === 1 ? "it" : "them"}.`],
  ];
}
