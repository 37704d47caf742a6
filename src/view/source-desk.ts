import type { Interval, Message, Phrase } from "./source.ts";

/** What the rooms ask for in which people write. Types alone, read by Node and the browser. */
export interface DeskSource {
  /** GET /api/runs/R/constitution */
  constitution(run: string): Promise<ConstitutionPage>;
  /** POST /api/constitution/check with `{ run, text, add? }`. */
  checkConstitution(run: string, text: string, add?: string): Promise<ConstitutionCheck>;
  /** PUT /api/constitution with `{ run, text, before }`; refused where the file has changed since, or no project has one. */
  saveConstitution(run: string, text: string, before: string): Promise<SavedConstitution>;
  /** GET /api/runs/R/labels */
  labelTasks(run: string): Promise<LabelTasks>;
  /** GET /api/runs/R/labels/TASK?n=&seed= */
  labelSheet(run: string, sheet: SheetName): Promise<LabelSheet>;
  /** POST /api/runs/R/labels with the sheet's name, `id` and `label`; refused where the run is read only. */
  giveLabel(run: string, sheet: SheetName, id: string, label: string | null): Promise<LabelGiven>;
  /** GET /api/runs/R/labelled/TASK?n=&seed=: what the judge said, once the person has done with the sheet. */
  labelAgreement(run: string, sheet: SheetName): Promise<LabelAgreement>;
}

/** The constitution of a run, and the file of the project that the viewer was started in. */
export interface ConstitutionPage {
  readonly run: {
    readonly name: string;
    readonly hash: string | null;
    readonly principles: number;
    /** "constitution.yaml" of the run as it stands, or written out of what it keeps. */
    readonly text: string;
  };
  /** What can be written; null: the viewer was started in no project with a file of its own. */
  readonly own: SavedConstitution | null;
  /** Of the project's file, else of the run's. */
  readonly check: ConstitutionCheck;
}

export interface SavedConstitution {
  /** Its path from where the viewer was started. */
  readonly file: string;
  readonly text: string;
  /** Of the bytes: what a save must name, so that nothing is overwritten unseen. */
  readonly version: string;
}

/** What is to be said of a text, as it stands in the editor. */
export interface ConstitutionCheck {
  /** With the sentence that was to be added as a principle; else as it was sent. */
  readonly text: string;
  /** Null where the text is no constitution. */
  readonly hash: string | null;
  readonly principles: number;
  readonly issues: readonly TextIssue[];
  /** From the run's constitution; null where the text is none, or the run's cannot be read. */
  readonly changes: readonly PrincipleChange[] | null;
  /** No model could tell it from the run's. */
  readonly isSame: boolean;
  readonly again: MadeAgain | null;
}

export interface TextIssue {
  /** "fault": cannot be read. */
  readonly level: "fault" | "error" | "warning";
  readonly message: string;
  /** From 1; null where it has no one place. */
  readonly line: number | null;
  readonly column: number | null;
}

/** One difference to the run's constitution. */
export interface PrincipleChange {
  readonly kind:
    | "added"
    | "removed"
    | "renamed"
    | "reworded"
    | "reweighted"
    | "retagged"
    | "rebound"
    | "moved"
    | "preamble";
  readonly principle: string | null;
  /** Of a rewording: which of its texts. */
  readonly field: string | null;
  readonly before: string | null;
  readonly after: string | null;
}

/** What of the run would be made again under the changed constitution. */
export interface MadeAgain {
  /** Principles of the run that are not as they were. */
  readonly principles: readonly string[];
  /** Records whose lineage holds one of them, by type. */
  readonly records: readonly { readonly type: string; readonly again: number; readonly of: number }[];
  /** 0–1: how much of the records is indexed; counts are of that much. */
  readonly indexed: number;
  /** Trained on some of them. */
  readonly checkpoints: readonly string[];
  /** What those answers took when they were made, in US dollars; null where that is not known. */
  readonly cost: number | null;
  readonly notes: readonly Phrase[];
}

/** What can be labelled in a run, and by whom. */
export interface LabelTasks {
  readonly tasks: readonly LabelTask[];
  /** Whose labels these are. */
  readonly by: string;
  readonly isReadOnly: boolean;
}

export interface LabelTask {
  /** "harmlessness", "helpfulness", or "principle:ID". */
  readonly id: string;
  /** What the person is asked, as the judge was. */
  readonly question: string;
  readonly isPair: boolean;
  /** In the order of the keys: "a", "b", "tie" of a pair; else what calibrate calls them. */
  readonly labels: readonly { readonly label: string; readonly means: string }[];
  readonly available: number;
  /** By this person. */
  readonly labelled: number;
}

/** A seeded sample of a task, in a seeded order. */
export interface SheetName {
  readonly task: string;
  readonly n: number;
  readonly seed: number;
}

export interface LabelSheet {
  readonly task: LabelTask;
  /** Nothing of what a judge said of them. */
  readonly items: readonly LabelItem[];
}

export interface LabelItem {
  readonly id: string;
  readonly messages: readonly Message[];
  /** As they are shown: of a pair A and B. */
  readonly answers: readonly string[];
  /** What this person said before. */
  readonly given: string | null;
}

export interface LabelGiven {
  readonly labelled: number;
}

export interface LabelAgreement {
  readonly agreement: Interval;
  readonly kappa: Interval | null;
  /** Why there is no kappa, and what else to know. */
  readonly warnings: readonly string[];
  /** table[i][j]: the person said labels[i], the judge labels[j]. */
  readonly labels: readonly string[];
  readonly table: readonly (readonly number[])[];
  readonly judge: string;
  readonly disagreements: readonly {
    readonly id: string;
    readonly title: string;
    readonly given: string;
    readonly judge: string;
  }[];
  /** Files that `precept calibrate` reads, and the command that does. */
  readonly answersFile: string;
  readonly labelsFile: string;
  readonly command: string;
}
