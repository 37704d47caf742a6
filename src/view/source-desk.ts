import type { Phrase } from "./source.ts";

/** What the rooms ask for in which people write. Types alone, read by Node and the browser. */
export interface DeskSource {
  /** GET /api/runs/R/constitution */
  constitution(run: string): Promise<ConstitutionPage>;
  /** POST /api/constitution/check with `{ run, text, add? }`. */
  checkConstitution(run: string, text: string, add?: string): Promise<ConstitutionCheck>;
  /** PUT /api/constitution with `{ text, before }`; refused where the file has changed since, or no project has one. */
  saveConstitution(text: string, before: string): Promise<SavedConstitution>;
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
