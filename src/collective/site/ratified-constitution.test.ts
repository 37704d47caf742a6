import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatConstitution, parseConstitution } from "../../constitution/index.ts";
import { draftedTown } from "../drafting/provenance.test-support.ts";
import { ratifyConstitution } from "../drafting/ratify.ts";
import { RatifiedConstitution } from "./ratified-constitution.ts";
import { TestTown } from "./site.test-support.ts";

let own: TestTown;
beforeAll(async () => {
  own = await TestTown.open();
});
afterAll(() => own.close());

const drafted = draftedTown({ id: "thieves", text: "Choose the response that helps thieves least." });
const download = (): Promise<Response> => Promise.resolve(own.app.request("/api/constitution.yaml"));

test("a constitution is there once it was ratified: in the words of a draft that was voted on, or of the organiser", async () => {
  const voters = await Promise.all(Array.from({ length: 6 }, () => own.join()));
  const drafts = [
    { id: "thieves", text: "Choose the response that helps thieves least.", statements: own.ids.slice(0, 1) },
  ];
  expect((await download()).status).toBe(404);
  await own.organise("phase", { phase: "closed" });
  await own.organise("drafts", { drafts });
  await own.organise("phase", { phase: "ratification" });
  for (const voter of voters)
    await own.as(voter, "/api/ballot", { principle: "thieves", vote: "agree", key: own.newKey() });
  expect((await download()).status).toBe(404);
  await own.organise("phase", { phase: "ratified" });

  const byHand = parseConstitution(await (await download()).text());
  expect(byHand.principles.map(({ id, text, source }) => [id, text, source])).toEqual([
    ["thieves", "Choose the response that helps thieves least.", `statements ${own.ids[0]}`],
  ]);
  mkdirSync(join(own.folder, "draft"));
  const write = (text: string): void => writeFileSync(join(own.folder, "draft", "drafted.json"), text);
  const [principle] = drafted.principles;
  const statements = principle?.statements.map((one) => ({ ...one, id: own.ids[0] ?? "" })) ?? [];
  const weighed = { ...drafted, principles: principle === undefined ? [] : [{ ...principle, statements, weight: 2 }] };
  write(JSON.stringify(weighed));
  const votes = own.site.state.ballot.votes();
  const answer = await download();
  // Made once for all who ask.
  const kept = new RatifiedConstitution();
  const text = kept.read(own.site);
  expect(kept.read(own.site)).toBe(text);
  const first = await text;
  const written = parseConstitution(await answer.text());
  expect(answer.headers.get("content-disposition")).toContain("constitution.yaml");
  // What `precept collective ratify` writes of the same.
  expect(written).toEqual(parseConstitution(formatConstitution(ratifyConstitution(weighed, votes).constitution)));
  expect(written.principles[0]?.weight).toBe(2);
  // Another draft than the one that was voted on says nothing of it.
  write(JSON.stringify(draftedTown({ id: "thieves", text: "Choose the response that helps thieves." })));
  expect(parseConstitution(await (await download()).text())).toEqual(byHand);
  expect(await kept.read(own.site)).not.toBe(first);
  write("{");
  await expect(kept.read(own.site)).rejects.toMatchObject({ code: "run-invalid" });
  write(JSON.stringify(weighed));
  expect(await kept.read(own.site)).toBe(first);
  // Its only statement was turned down since.
  const turnedDown = { kind: "moderation", at: 0, statement: own.ids[0] ?? "", moderation: "rejected" } as const;
  await own.site.write([{ event: { ...turnedDown, reason: "", note: "" } }]);
  expect(await kept.read(own.site)).toBeUndefined();
});
