import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { writeAll } from "../../storage/index.ts";
import { type ExportTarget, type JsonlFormat, jsonlFormats } from "./formats.ts";
import { type PreferenceRow, preferenceRows, type SftRow, sftRows } from "./rows.ts";

export interface ExportOptions {
  readonly target: ExportTarget;
  /** Folder that takes the files; it exists. */
  readonly into: string;
  /** Records of the two stages; a stage that was not run is left out. */
  readonly slCai?: string | undefined;
  readonly aiFeedback?: string | undefined;
  /** Applied to every text before it is written: takes secrets out. */
  readonly clean: (text: string) => string;
  /** Whether a row that could go out stays behind, by its record's id. Default: none does. */
  readonly isDropped?: ((id: string) => boolean) | undefined;
}

export interface Exported {
  /** File names, by what they hold. */
  readonly files: readonly string[];
  readonly sft: number;
  readonly preferences: number;
  /** Comparisons whose label is exactly one half: they choose neither. */
  readonly undecided: number;
  /** Rows with an empty turn or answer, which no trainer takes. */
  readonly leftOut: number;
  /** Rows that `isDropped` kept back. */
  readonly dropped: number;
  readonly bySource: Readonly<Record<string, number>>;
  readonly byPrinciple: Readonly<Record<string, { readonly sft: number; readonly preferences: number }>>;
}

/** Writes the data sets of a run for a trainer, streamed. @throws PreceptError not valid rows, disk. */
export async function writeExport(options: ExportOptions): Promise<Exported> {
  const { target, into, slCai, aiFeedback, clean, isDropped } = options;
  const counts = new Counts(isDropped);
  const sft =
    slCai === undefined ? undefined : countRows(sftRows(slCai), (row) => counts.sftRow(row), cleanedSft(clean));
  const preferences =
    aiFeedback === undefined
      ? undefined
      : countRows(preferenceRows(aiFeedback), (row) => counts.preferenceRow(row), cleanedPreference(clean));
  const files: string[] = [];
  if (target === "parquet") {
    const { writePreferenceParquet, writeSftParquet } = await import("./parquet.ts");
    if (sft !== undefined) await writeSftParquet(join(into, "sft.parquet"), sft);
    if (preferences !== undefined) await writePreferenceParquet(join(into, "preferences.parquet"), preferences);
    files.push(
      ...(sft === undefined ? [] : ["sft.parquet"]),
      ...(preferences === undefined ? [] : ["preferences.parquet"]),
    );
  } else {
    const { takesIds, ...format } = jsonlFormats[target];
    if (sft !== undefined) {
      const form = { form: format.sft, schema: format.sftSchema, takesIds, trace: sftTrace };
      files.push(...(await writeJsonl(into, "sft", sft, form)));
    }
    if (preferences !== undefined) {
      const form = { form: format.preference, schema: format.preferenceSchema, takesIds, trace: preferenceTrace };
      files.push(...(await writeJsonl(into, "preferences", preferences, form)));
    }
  }
  return { files, ...counts.totals() };
}

function sftTrace({ id, principleId, source, round }: SftRow) {
  return { id, principle_id: principleId, source, round };
}

function preferenceTrace({ id, principleIds, source, probability, rawProbability }: PreferenceRow) {
  return { id, principle_ids: principleIds, source, chosen_probability: probability, raw_probability: rawProbability };
}

/** How a row is written: its form with the schema to check it by, and its ids where they stand in a file of their own. */
interface RowForm<R> extends Pick<JsonlFormat, "takesIds"> {
  readonly form: (row: R) => unknown;
  readonly schema: JsonlFormat["sftSchema"];
  readonly trace: (row: R) => unknown;
}

/** NAME.jsonl; beside it NAME.ids.jsonl, one line per row, where the trainer takes no columns of ours. */
async function writeJsonl<R extends { readonly id: string }>(
  into: string,
  name: string,
  rows: AsyncIterable<R>,
  { form, schema, takesIds, trace }: RowForm<R>,
): Promise<string[]> {
  const names = [`${name}.jsonl`, ...(takesIds ? [] : [`${name}.ids.jsonl`])];
  const [main = 0, ids] = names.map((file) => openSync(join(into, file), "w"));
  try {
    for await (const row of rows) {
      const line = form(row);
      const checked = schema.safeParse(line);
      if (!checked.success) {
        throw new PreceptError("run-invalid", {
          attempted: `Exporting ${row.id}`,
          found: checked.error.issues[0]?.message ?? "a row that does not fit",
          expected: "a row of the trainer's documented form",
          remedy: "report this: a record that was kept should be one that can be exported",
        });
      }
      writeAll(main, Buffer.from(`${JSON.stringify(line)}\n`));
      if (ids !== undefined) writeAll(ids, Buffer.from(`${JSON.stringify(trace(row))}\n`));
    }
  } finally {
    for (const file of [main, ids]) if (file !== undefined) closeSync(file);
  }
  return names;
}

/** Cleans and counts the rows; `count` says whether a row may go out. */
async function* countRows<R>(
  rows: AsyncIterable<R>,
  count: (row: R) => boolean,
  clean: (row: R) => R,
): AsyncGenerator<R> {
  for await (const row of rows) if (count(row)) yield clean(row);
}

const cleanedSft =
  (clean: (text: string) => string) =>
  (row: SftRow): SftRow => ({
    ...row,
    messages: row.messages.map(({ role, content }) => ({ role, content: clean(content) })),
    completion: clean(row.completion),
  });

const cleanedPreference =
  (clean: (text: string) => string) =>
  (row: PreferenceRow): PreferenceRow => ({
    ...row,
    messages: row.messages.map(({ role, content }) => ({ role, content: clean(content) })),
    chosen: clean(row.chosen),
    rejected: clean(row.rejected),
  });

class Counts {
  #sft = 0;
  #preferences = 0;
  readonly #bySource: Record<string, number> = {};
  readonly #byPrinciple: Record<string, { sft: number; preferences: number }> = {};

  #leftOut = 0;
  #undecided = 0;
  #dropped = 0;
  readonly #isDropped: (id: string) => boolean;

  constructor(isDropped: (id: string) => boolean = () => false) {
    this.#isDropped = isDropped;
  }

  sftRow({ id, source, principleId, messages, completion }: SftRow): boolean {
    if (!this.#isWhole(messages, completion) || this.#drops(id)) return false;
    this.#sft += 1;
    this.#bySource[source] = (this.#bySource[source] ?? 0) + 1;
    if (principleId !== null) this.#of(principleId).sft += 1;
    return true;
  }

  preferenceRow({ id, source, principleIds, messages, chosen, rejected, probability }: PreferenceRow): boolean {
    if (probability === 0.5) {
      this.#undecided += 1;
      return false;
    }
    if (!this.#isWhole(messages, chosen, rejected) || this.#drops(id)) return false;
    this.#preferences += 1;
    this.#bySource[source] = (this.#bySource[source] ?? 0) + 1;
    for (const principleId of principleIds) this.#of(principleId).preferences += 1;
    return true;
  }

  #isWhole(messages: SftRow["messages"], ...answers: readonly string[]): boolean {
    const isWhole = [...messages.map(({ content }) => content), ...answers].every((text) => text.trim() !== "");
    if (!isWhole) this.#leftOut += 1;
    return isWhole;
  }

  #drops(id: string): boolean {
    const isDropped = this.#isDropped(id);
    if (isDropped) this.#dropped += 1;
    return isDropped;
  }

  totals(): Omit<Exported, "files"> {
    const byPrinciple = Object.fromEntries(Object.entries(this.#byPrinciple).sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      sft: this.#sft,
      preferences: this.#preferences,
      leftOut: this.#leftOut,
      undecided: this.#undecided,
      dropped: this.#dropped,
      bySource: this.#bySource,
      byPrinciple,
    };
  }

  #of(id: string) {
    this.#byPrinciple[id] ??= { sft: 0, preferences: 0 };
    return this.#byPrinciple[id];
  }
}
