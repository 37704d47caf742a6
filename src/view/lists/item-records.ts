import { type OpenFile, readFound } from "../run/open-run.ts";
import { isRecord, listIn, type RawRecord, textIn } from "../segments/listing.ts";
import type { Message } from "../source.ts";
import type { Place } from "./list-reader.ts";

const lineFeed = Buffer.from("\n");
/** Characters of a request in a list. */
const longestTitle = 240;

/** All records of an item, as they stand. */
export function recordsOf(file: OpenFile, { segment, item }: Place): RawRecord[] {
  const { first, n } = segment.rowsOf(item);
  return Array.from({ length: n }, (_, i) => readFound(file, segment, first + i)?.record).filter(
    (record) => record !== undefined,
  );
}

/** The lines of every record of these items. */
export function* linesOf(file: OpenFile, places: Iterable<Place>): Generator<Buffer, void, undefined> {
  for (const { segment, item } of places) {
    const { first, n } = segment.rowsOf(item);
    for (let number = first; number < first + n; number++) {
      yield Buffer.concat([file.index.read(segment.row(number)), lineFeed]);
    }
  }
}

/** What was said before the answer, by the first response among the records. */
export function messagesOf(records: readonly RawRecord[]): Message[] {
  const response = records.find(({ type }) => type === "response");
  return (response === undefined ? [] : listIn(response, "messages").filter(isRecord)).flatMap((message): Message[] => {
    const [role, content] = [textIn(message, "role"), textIn(message, "content")];
    const known = (["system", "user", "assistant"] as const).find((one) => one === role);
    return known === undefined || content === undefined ? [] : [{ role: known, content }];
  });
}

/** What the user says last, on one line. */
export function titleOf(messages: readonly Pick<Message, "role" | "content">[]): string {
  const text = messages.findLast(({ role }) => role === "user")?.content ?? messages.at(-1)?.content ?? "";
  const line = text.replace(/\s+/gu, " ").trim();
  return line.length > longestTitle ? `${line.slice(0, longestTitle)}…` : line;
}
