import { PreceptError } from "../../errors.ts";
import type { PrincipleDraft } from "../constitution.ts";

/** Something that an import left out or that a person should look at; `line` counts from 1. */
export interface ImportNote {
  readonly code: "skipped" | "begins-mid-sentence" | "table-of-contents" | "few-shots";
  readonly line?: number;
  readonly principle?: string;
  readonly text: string;
}

/** One turn of a few-shot conversation. */
export interface ChatTurn {
  readonly role: string;
  readonly content: string;
}

/** What one published form yields, before it becomes a constitution. */
export interface Imported {
  readonly principles: readonly PrincipleDraft[];
  readonly source?: string | undefined;
  readonly preamble?: string | undefined;
  /** Few-shot conversations that the form carries beside its principles. */
  readonly chats?: readonly (readonly ChatTurn[])[];
  readonly notes: readonly ImportNote[];
}

/** @throws PreceptError "input-invalid": the text is not in the form it was said to be in. */
export function importFailed(form: string, found: string, expected: string, remedy?: string): never {
  throw new PreceptError("input-invalid", {
    attempted: `Importing a constitution as ${form}`,
    found,
    expected,
    remedy,
  });
}

/** Parses JSON or says where it breaks. @throws PreceptError "input-invalid". */
export function readJson(form: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    return importFailed(form, cause instanceof Error ? cause.message : "no JSON", "a JSON document");
  }
}
