import { z } from "zod";
import type { CitedSource, CitedText } from "./cited-text.ts";
import { findMarkers } from "./markers.ts";

const words = z.string().nullish();

/** A document as the AI SDK names it. */
const sourceSchema = z.looseObject({
  title: words,
  filename: words,
  url: words,
  providerMetadata: z.record(z.string(), z.looseObject({ citedText: words })).nullish(),
});

/** A citation of a piece of text: as the AI SDK has it, and as Anthropic's protocol does. */
const citationSchema = z.looseObject({
  source: sourceSchema.or(z.string()).nullish(),
  citedText: words,
  cited_text: words,
  document_title: words,
  title: words,
  url: words,
});

const textSchema = z.looseObject({ text: z.string(), citations: z.array(citationSchema).nullish() });
const partsSchema = z.array(z.looseObject({ type: z.string() }));
const answerSchema = z.union([
  partsSchema,
  z.looseObject({ content: partsSchema }).transform(({ content }) => content),
]);

type Pointer = Pick<CitedSource, "named" | "quote">;

/**
 * An answer whose provider told its citations beside the text (the AI SDK's `citations` and `source` parts, Anthropic's protocol),
 * as one that was written with [n]: the same checks then hold for it, and what a provider warrants is checked too.
 * @param answer the parts, or what has them as `content`; undefined comes back for anything else.
 */
export function citedTextOfParts(answer: unknown): CitedText | undefined {
  const parts = answerSchema.safeParse(answer).data;
  if (parts === undefined) return undefined;
  const sources: CitedSource[] = [];
  let text = "";
  for (const part of parts) {
    const isText = part.type === "text";
    const said = isText ? textSchema.safeParse(part).data : undefined;
    text += said?.text ?? "";
    const pointers = isText ? (said?.citations ?? []).map(pointerOf) : sourcePointer(part);
    for (const { named, quote } of pointers) {
      const known = sources.find((one) => one.named === named && one.quote === quote);
      const source = known ?? { n: sources.length + 1, named, quote, line: text.split("\n").length };
      if (known === undefined) sources.push(source);
      text = addMarker(text, source.n);
    }
  }
  return { answer: text.trim(), sources, markers: findMarkers(text.trim()), problems: [] };
}

/** A number behind a text, before the white space at its end; once, for the SDK tells some citations twice. */
function addMarker(text: string, n: number): string {
  const end = text.trimEnd();
  const [before = ""] = /(?:\[\d+\])+$/.exec(end) ?? [];
  if (before.includes(`[${n}]`)) return text;
  return `${end}${before === "" && end !== "" ? " " : ""}[${n}]${text.slice(end.length)}`;
}

function pointerOf({
  source,
  citedText,
  cited_text,
  document_title,
  title,
  url,
}: z.infer<typeof citationSchema>): Pointer {
  const document = typeof source === "object" && source !== null ? source : undefined;
  return {
    named: nameOf(document) ?? document_title ?? title ?? url ?? undefined,
    quote: citedText ?? cited_text ?? quoteOf(document) ?? "",
  };
}

/** Of a part that is a source with words; one without was found, and not cited. */
function sourcePointer(part: z.infer<typeof partsSchema>[number]): Pointer[] {
  const source = part.type === "source" ? sourceSchema.safeParse(part).data : undefined;
  const quote = quoteOf(source);
  return quote === undefined ? [] : [{ named: nameOf(source), quote }];
}

type Source = z.infer<typeof sourceSchema> | undefined;

const nameOf = (source: Source): string | undefined => source?.filename ?? source?.title ?? source?.url ?? undefined;

const quoteOf = (source: Source): string | undefined =>
  Object.values(source?.providerMetadata ?? {}).flatMap(({ citedText }) => citedText ?? [])[0];
