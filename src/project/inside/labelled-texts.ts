import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { readJsonLines } from "../../storage/index.ts";

const lineSchema = z.object({
  prompt: z.string().min(1),
  label: z.union([z.boolean(), z.literal(0).transform(() => false), z.literal(1).transform(() => true)]),
  /** Requests that are only measured, by a name. */
  set: z.string().min(1).optional(),
  /** What names the thing: the leak test leaves it out. */
  word: z.string().min(1).optional(),
});

/** A request with somebody's label. */
export interface LabelledText {
  readonly content: string;
  readonly broken: boolean;
  readonly set: string | undefined;
  readonly word: string | undefined;
}

/** JSON lines {"prompt", "label"} with, where wanted, "set" and "word". @throws PreceptError input-invalid, with the lines that are none. */
export async function readLabelledTexts(file: string): Promise<LabelledText[]> {
  const texts: LabelledText[] = [];
  const faults: string[] = [];
  for await (const line of readJsonLines(file)) {
    const read = "value" in line ? lineSchema.safeParse(line.value) : undefined;
    if (read?.success === true) {
      const { prompt, label, set, word } = read.data;
      texts.push({ content: prompt, broken: label, set, word });
    } else faults.push(`line ${line.number}: ${read === undefined ? "not JSON" : z.prettifyError(read.error)}`);
  }
  if (faults.length === 0 && texts.length > 0) return texts;
  throw new PreceptError("input-invalid", {
    attempted: `Reading labelled requests in ${file}`,
    found: faults.length === 0 ? "no line" : faults.slice(0, 5).join("\n"),
    expected: '{"prompt": "…", "label": true or false} on each line, and "set" and "word" where wanted',
  });
}

/** The request without its word, in whatever form: "kill" leaves neither "kill" nor "killing". */
export function withoutWord({ content, word }: LabelledText): string {
  const stem = word?.trim().toLowerCase() ?? "";
  if (stem === "") return content;
  return content
    .split(/\s+/)
    .filter(
      (one) =>
        !one
          .toLowerCase()
          .replace(/^[^\p{L}]+/u, "")
          .startsWith(stem),
    )
    .join(" ");
}
