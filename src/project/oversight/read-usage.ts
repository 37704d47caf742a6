import { basename } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { guardEventSchema } from "../../guard/index.ts";
import { countTopics, type FoundCard, type UsedRequest } from "../../oversight/index.ts";
import { readRows } from "../../records/index.ts";
import { readLines, tryJson } from "../../storage/index.ts";

const name = z.union([z.string(), z.null()]).optional();
const requestSchema = z
  .looseObject({
    prompt: z.string().optional(),
    messages: z.array(z.looseObject({ role: z.string(), content: z.string() })).optional(),
    topic: name,
    category: name,
    user: name,
  })
  .refine(({ prompt, messages }) => prompt !== undefined || messages !== undefined, "neither prompt nor messages");

/** What requests of an audit log, or of a file of requests, are about. @throws PreceptError input-invalid for a file that is neither. */
export async function readUsage(path: string): Promise<FoundCard["usage"]> {
  const requests = (await isAuditLog(path)) ? await auditedRequests(path) : await plainRequests(path);
  return { file: basename(path), ...countTopics(requests) };
}

async function isAuditLog(path: string): Promise<boolean> {
  for await (const { text } of readLines(path)) return guardEventSchema.safeParse(tryJson(text)).success;
  throw new PreceptError("input-invalid", {
    attempted: `Reading ${path}`,
    found: "nothing",
    expected: "an audit log of precept guard, or requests as JSON lines with prompt or messages",
  });
}

/** The texts of people; a log that keeps hashes alone says what was asked of no one. */
async function auditedRequests(path: string): Promise<UsedRequest[]> {
  const requests: UsedRequest[] = [];
  for await (const { text: line, number } of readLines(path)) {
    const event = guardEventSchema.safeParse(tryJson(line));
    if (!event.success) {
      throw new PreceptError("input-invalid", {
        attempted: `Reading ${path}:${number}`,
        found: z.prettifyError(event.error),
        expected: "a line of precept guard's audit log",
      });
    }
    const { stage, text } = event.data;
    if (stage === "input" && text !== undefined && !text.startsWith("sha256:")) requests.push({ text });
  }
  if (requests.length > 0) return requests;
  throw new PreceptError("input-invalid", {
    attempted: `Reading what people asked in ${path}`,
    found: "no text of a request: the log keeps hashes or nothing",
    expected: "audit: { text: full } in the guard's policy, or a file of requests",
    remedy: "--usage requests.jsonl",
  });
}

async function plainRequests(path: string): Promise<UsedRequest[]> {
  const requests: UsedRequest[] = [];
  for await (const placed of readRows(path)) {
    const read = requestSchema.safeParse("fault" in placed ? undefined : placed.row);
    if (!read.success) {
      throw new PreceptError("input-invalid", {
        attempted: `Reading what people asked at ${placed.where}`,
        found: "fault" in placed ? placed.fault : "neither prompt nor messages",
        expected: '{"prompt": "…"} or {"messages": […]}, with a topic or without, or an audit log of precept guard',
      });
    }
    const { prompt, messages, topic, category, user } = read.data;
    const text = prompt ?? messages?.findLast(({ role }) => role === "user")?.content ?? "";
    requests.push({ text, topic: topic ?? category ?? undefined, user: user ?? undefined });
  }
  return requests;
}
