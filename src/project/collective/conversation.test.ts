import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { readDrafted } from "../../collective/drafting/index.ts";
import { configurationSchema } from "../../collective/site/index.ts";
import type { SiteEvent } from "../../collective/store/index.ts";
import { loadConstitution } from "../../constitution/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { at, drafter, openTown, writeLog } from "./conversation.test-support.ts";
import { draftConversation } from "./draft-conversation.ts";
import { ratifyConversation } from "./ratify-conversation.ts";
import { reportConversation } from "./report-conversation.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-conversation-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const draft = () =>
  draftConversation({
    ...{ place: { folder }, model: drafter, asksRequests: false, env: {}, command: "test" },
    progress: silentProgress,
    signal: new AbortController().signal,
  });

test("a conversation becomes principles, a second vote, a constitution and a page", async () => {
  await openTown(folder);
  const early = await draft();
  expect(early).toMatchObject({ putUp: false, why: "people still vote on statements" });
  expect(early.drafted.principles.map(({ text, statements }) => [text, statements.map(({ id }) => id)])).toEqual(
    expect.arrayContaining([
      ["Choose the response that lies least.", ["s0"]],
      ["Choose the response that is most patient.", ["s1"]],
    ]),
  );
  expect(early.drafted.principles).toHaveLength(2);
  await expect(ratifyConversation({ place: { folder } })).rejects.toThrow(/never put up for a second vote/);

  await writeLog(folder, [{ kind: "phase", at, phase: "closed" }]);
  expect((await draft()).putUp).toBe(true);
  await writeLog(folder, [{ kind: "phase", at, phase: "ratification" }]);
  const { principles } = await readDrafted(folder);
  const ids = principles.map(({ id }) => id).sort();
  expect(ids).toEqual(["lies-least", "patient"]);
  await writeLog(
    folder,
    Array.from({ length: 12 }, (_, index) =>
      ids.map(
        (principle): SiteEvent => ({
          ...{ kind: "ratification", at, participant: `person-${index * 5}`, principle },
          vote: principle === "lies-least" || index < 3 ? "agree" : "disagree",
        }),
      ),
    ).flat(),
  );
  const { constitution, provenance } = await ratifyConversation({ place: { folder } });
  expect(constitution.principles.map(({ id }) => id)).toEqual(["lies-least"]);
  expect(provenance.ratification?.principles.map(({ state }) => state).sort()).toEqual(["ratified", "refused"]);
  expect((await loadConstitution(join(folder, "constitution.yaml"))).hash).toBe(constitution.hash);

  const csv = join(folder, "csv");
  const files = await reportConversation({ place: { folder }, csv, parquet: csv });
  expect(files.map((file) => file.slice(folder.length + 1))).toEqual([
    "report.html",
    "csv/statements.csv",
    "csv/statements.parquet",
    "csv/principles.csv",
    "csv/principles.parquet",
  ]);
  const page = readFileSync(join(folder, "report.html"), "utf8");
  for (const part of [
    "Our town",
    "The AI should be patient.",
    "12 of 12 agree",
    constitution.hash,
    provenance.drafted.log,
  ])
    expect(page).toContain(part);
  expect(page).not.toContain("person-");
  expect(readFileSync(join(csv, "principles.csv"), "utf8")).toContain(
    "patient,Choose the response that is most patient.,1,s1,refused,0.25",
  );
});

test("every drafted principle stands where no second vote is wanted, and the file says so", async () => {
  await openTown(folder);
  await draft();
  const { constitution, provenance } = await ratifyConversation({ place: { folder }, withoutVote: true });
  expect(constitution.principles).toHaveLength(2);
  expect(provenance.ratification).toBeNull();
});

test("of a conversation without a vote makes no principle, no constitution, and a page that says so", async () => {
  const configuration = configurationSchema.parse({ title: "Empty", question: "What?", seeds: ["It should be kind."] });
  await writeLog(folder, [{ kind: "configuration", at, configuration }]);
  const { drafted, putUp, why } = await draft();
  expect([drafted.principles, putUp, why]).toEqual([[], false, "there is no principle"]);
  await expect(ratifyConversation({ place: { folder } })).rejects.toMatchObject({ code: "not-enough-evidence" });
  await reportConversation({ place: { folder } });
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("Too few people have voted for a map.");
});

test("without a draft, says which command writes one", async () => {
  await expect(readDrafted(folder)).rejects.toThrow(/precept collective draft/);
});
