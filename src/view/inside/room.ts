import { hasFindings, readFindings } from "../../inside/index.ts";
import type { Asked, OpenedRun, ServedRoom } from "../room.ts";
import type { OpenRun } from "../run/open-run.ts";
import type { DictionaryPage, InsidePage } from "../source-inside.ts";
import { toCausedPage, toTracedAnswer } from "./answers.ts";
import { toDictionaryPage, toFeatureView } from "./features.ts";
import { toInsidePage, tracedCheckpoints } from "./page.ts";

const isThere = (run: OpenRun): boolean =>
  hasFindings(run.folder) || tracedCheckpoints(run, { indexed: {} }).length > 0;

/** What was found within a run's models: which examples shaped an answer, features, probes. */
export const insideRoom: ServedRoom = {
  name: "inside",
  count: ({ run }) => (isThere(run) ? null : undefined),
  answers: { inside: answerInside },
  async share({ ask, keep, keepSpare, tell }) {
    keep(["inside"]);
    const { answers, dictionaries } = (await ask(["inside"])) as InsidePage;
    for (const { name } of answers) keep(["inside", "answers", name]);
    for (const { name } of dictionaries) {
      keep(["inside", "features", name]);
      const { pages } = (await ask(["inside", "features", name])) as DictionaryPage;
      for (const page of pages) keepSpare(["inside", "features", name, String(page)]);
    }
    if (answers.length > 0)
      tell(answers.length, "answer with its training examples", "answers with their training examples");
    if (dictionaries.length > 0) tell(dictionaries.length, "dictionary of features", "dictionaries of features");
  },
};

async function answerInside({ run }: OpenedRun, { path: [kind, ...rest] }: Asked): Promise<unknown> {
  await run.listFile("sl-cai")?.index.wait();
  if (!isThere(run)) return undefined;
  const found = readFindings(run.folder);
  const [name = "", number, ...more] = rest;
  if (kind === undefined) return toInsidePage(run, found);
  if (kind === "examples") return toCausedPage(found, rest.join("/"));
  if (more.length > 0) return undefined;
  if (kind === "answers" && number === undefined) return toTracedAnswer(run, found, name);
  if (kind !== "features") return undefined;
  return number === undefined ? toDictionaryPage(found, name) : toFeatureView(found, name, number);
}
