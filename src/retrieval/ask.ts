import { PreceptError } from "../errors.ts";
import type { Generation, LanguageModel, Message } from "../language-model.ts";
import { lastPart, promptText } from "../models/index.ts";
import { SCHEMA_VERSION } from "../records/index.ts";
import { answerPrompt, askTemplate, faultMessage, notInDocuments, queryPrompt } from "./ask-prompt.ts";
import { isFault, QuotedDocuments } from "./check-citations.ts";
import { type CitedText, parseCitedText } from "./cited-text.ts";
import { hashDocuments, type SourceDocument } from "./document.ts";
import { type CitationQuality, judgeEntailment } from "./entailment.ts";
import { applyPolicy, describeFault, type FaultPolicy } from "./fault-policy.ts";
import type { AskRecord, CitationCheck } from "./records.ts";
import type { Hit, SearchTool } from "./search-tool.ts";

export interface AskOptions {
  readonly model: LanguageModel;
  readonly documents: readonly SourceDocument[];
  readonly tool: SearchTool;
  /** Asked whether quotations state their sentences. */
  readonly judge?: LanguageModel | undefined;
  /** Passages that the model reads. Default 6. */
  readonly limit?: number | undefined;
  /** What happens where a citation does not hold. Default "mark". */
  readonly onFault?: FaultPolicy | undefined;
  /** Search with the question as it is. Default: the model writes the words to search for. */
  readonly isPlain?: boolean | undefined;
  readonly seed?: number | undefined;
  /** Of the constitution that the model is held to, for the records; default none. */
  readonly constitutionHash?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Asked {
  /** What a person may see. */
  readonly answer: string;
  readonly outcome: "answered" | "not-in-documents" | "no-answer" | "refused";
  readonly hits: readonly Hit[];
  readonly checks: readonly CitationCheck[];
  /** Judged, where there is a judge. */
  readonly quality?: CitationQuality | undefined;
  /** Question, query, hits, answer, checks: one each. */
  readonly records: readonly AskRecord[];
}

/**
 * Answers a question from documents: words to search for, passages, an answer with quotations, and a check of each. What the
 * documents do not say is not said.
 * @throws PreceptError input-invalid for an empty question; model-failed where there is no model behind it.
 */
export async function askDocuments(question: string, options: AskOptions): Promise<Asked> {
  checkQuestion(question);
  const { model, tool, limit = 6, seed = 1, onFault = "mark", isPlain = false, signal } = options;
  const { constitutionHash = "" } = options;
  const documentsHash = hashDocuments(options.documents);
  const records: AskRecord[] = [];
  const provenance = (name: string, parents: readonly string[]) => ({
    schemaVersion: SCHEMA_VERSION as typeof SCHEMA_VERSION,
    id: `ask/${name}`,
    parents: [...parents],
    principleId: null,
    constitutionHash,
    templateVersion: askTemplate,
    model: lastPart(model.id),
    seed,
    question,
    documentsHash,
  });
  const said = isPlain ? undefined : (await generate(options, "query", queryPrompt(question), 64)).text;
  const query = [question, said ?? ""].join(" ").trim();
  records.push({ type: "ask-query", ...provenance("query", []), query, said: said ?? null });

  const hits = await tool.search({ text: query, limit }, { signal });
  records.push({
    type: "ask-hits",
    ...provenance("hits", ["ask/query"]),
    tool: tool.id,
    hits: hits.map(({ documentId, chunkId, span, text, score }) => ({
      documentId,
      chunkId,
      span: [span[0], span[1]],
      text,
      score,
    })),
  });
  if (hits.length === 0) return { answer: notInDocuments, outcome: "not-in-documents", hits, checks: [], records };

  const found = new Set(hits.map(({ documentId }) => documentId));
  const quoted = new QuotedDocuments(options.documents.filter(({ id }) => found.has(id)));
  let prompt: Message[] = answerPrompt(question, hits);
  for (let attempt = 1; ; attempt++) {
    const id = `answer-${attempt}`;
    const generation = await generate(options, id, prompt, 900);
    const cited = parseCitedText(generation.text);
    const first = quoted.check(cited, `ask/${id}`);
    const faults = first.filter(isFault).map(describeFault);
    const isLast = onFault !== "reask" || attempt === 2 || faults.length === 0;
    const judged =
      options.judge === undefined || !isLast
        ? undefined
        : await judgeEntailment(first, options.judge, { seed, signal });
    const checks = judged?.checks ?? first;
    const outcome = outcomeOf(generation, cited);
    const { answer, isRefused } = outcome === "answered" ? applyPolicy(cited, checks, onFault) : shownFor(outcome);
    records.push({
      type: "ask-answer",
      ...provenance(id, ["ask/hits"]),
      prompt: promptText(prompt),
      said: generation.text,
      answer,
      outcome: isRefused ? "refused" : outcome,
      problems: [...cited.problems, ...(generation.finishReason === "length" ? ["the answer is cut"] : [])],
      finishReason: generation.finishReason,
      usage: generation.usage,
    });
    records.push(
      ...checks.map((check, i): AskRecord => ({ ...provenance(`check-${attempt}-${i + 1}`, [`ask/${id}`]), ...check })),
    );
    if (isLast) {
      return { answer, outcome: isRefused ? "refused" : outcome, hits, checks, quality: judged?.quality, records };
    }
    prompt = [
      ...prompt,
      { role: "assistant", content: generation.text },
      { role: "user", content: faultMessage(faults) },
    ];
  }
}

/** @throws PreceptError input-invalid for an empty question. */
export function checkQuestion(question: string): void {
  if (question.trim() !== "") return;
  const remedy = 'write it between quotation marks: precept ask "May I return it?" --docs FOLDER';
  throw new PreceptError("input-invalid", { attempted: "Asking the documents", found: "an empty question", remedy });
}

/** An answer without a source rests on nothing that was found. */
function outcomeOf(
  { finishReason, outcome = "answered" }: Generation,
  { answer, sources }: CitedText,
): Asked["outcome"] {
  if (outcome !== "answered" || finishReason === "error" || finishReason === "content-filter") return "no-answer";
  if (answer === "") return "no-answer";
  return sources.length === 0 ? "not-in-documents" : "answered";
}

const shownFor = (outcome: Asked["outcome"]): { answer: string; isRefused: boolean } => ({
  answer: outcome === "not-in-documents" ? notInDocuments : "",
  isRefused: false,
});

async function generate(options: AskOptions, id: string, prompt: Message[], maxTokens: number): Promise<Generation> {
  const { model, seed = 1, signal } = options;
  for await (const generation of model.generate([{ id, prompt, seed }], { maxTokens, temperature: 0, signal })) {
    if (generation.finishReason !== "error" || generation.outcome !== undefined) return generation;
    throw new PreceptError("model-failed", { attempted: `Asking ${model.id}`, found: generation.error ?? "no answer" });
  }
  throw new PreceptError("model-failed", { attempted: `Asking ${model.id}`, found: "no answer" });
}
