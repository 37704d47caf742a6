import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasPolisData, polisData, read } from "../polis/gold.test-support.ts";
import { tableOf } from "../tabulate.ts";
import { importConversation } from "./polis-export.ts";
import { readExport } from "./read-export.ts";

const comments = [
  "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body",
  '1500000000000,x,1,0,3,1,1,"Buses, not cars"',
  '1500000000001,x,0,1,1,3,-1,"<b>No</b> \u202Ebuses"',
  '1500000000002,x,2,2,4,0,0,""',
].join("\n");
const header = "timestamp,datetime,comment-id,voter-id,vote";
const cell = (person: number, statement: number, vote: number, at = 1500000000100 + person): string =>
  `${at},x,${statement},${person},${vote}`;
const rows = [
  ...[0, 1, 2].map((person) => cell(person, 1, 1)),
  cell(3, 1, -1),
  cell(0, 0, 1),
  ...[1, 2, 3].map((person) => cell(person, 0, -1)),
  ...[0, 1, 2, 3].map((person) => cell(person, 2, 1)),
];
const votes = [header, ...rows, ""].join("\n");
const named = (name: string, text: string) => ({ name, text });
const statements = named("comments.csv", comments);
const importBoth = (text: string) => importConversation({ votes: named("votes.csv", text), statements });

/** votes.csv and comments.csv in a folder, deflated. */
const packed =
  "UEsDBBQAAAAIAAAAIVxVmEhaKQAAAE8AAAAQAAAAZXhwb3J0L3ZvdGVzLmNzditILCrJTM4sSMwr0SkuSSxJzU0FssryS1K5EvPydIoNdRLTi1KJ5gAAUEsDBBQAAAAIAAAAIVzaFKAAHQAAACEAAAATAAAAZXhwb3J0L2NvbW1lbnRzLmNzdkvOz81NzSvRzUzRSYYyk/JTKrmKDXWcSotTi7kAUEsBAhQDFAAAAAgAAAAhXFWYSFopAAAATwAAABAAAAAAAAAAAAAAAIABAAAAAGV4cG9ydC92b3Rlcy5jc3ZQSwECFAMUAAAACAAAACFc2hSgAB0AAAAhAAAAEwAAAAAAAAAAAAAAgAFXAAAAZXhwb3J0L2NvbW1lbnRzLmNzdlBLBQYAAAAAAgACAH8AAAClAAAAAAA=";

function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), "collective-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

describe("an export of Polis", () => {
  test("is read with 1 as agree, its statements oldest first and their texts as they are", () => {
    const { conversation, warnings } = importBoth(votes);
    expect(conversation.votes).toHaveLength(12);
    expect(conversation.votes[0]).toEqual({ participant: "0", statement: "1", vote: "agree", at: 1500000000100 });
    expect(conversation.statements.map(({ id, text, moderation }) => [id, text, moderation])).toEqual([
      ["0", "<b>No</b> \u202Ebuses", "rejected"],
      ["1", "Buses, not cars", "accepted"],
      ["2", "", "waiting"],
    ]);
    expect(warnings).toEqual(["comments.csv: statement 2 has no text; its votes count, and nobody can be shown it"]);
  });

  test("with swapped signs is told by its counts, and read the other way on demand", () => {
    const swapped = votes.replaceAll(",1\n", ",x\n").replaceAll(",-1\n", ",1\n").replaceAll(",x\n", ",-1\n");
    const { warnings } = importBoth(swapped);
    expect(warnings.join(" ")).toMatch(/look swapped.*of 0 of 3 statements, and of 3 with the signs swapped/);
    const files = { votes: named("votes.csv", swapped), statements };
    const again = importConversation(files, { swapSigns: true });
    expect(again.conversation).toEqual(importBoth(votes).conversation);
    expect(again.warnings.join(" ")).not.toMatch(/swapped/);
  });

  test("cut in its last line loses that vote alone, and says so", () => {
    const cut = votes.slice(0, votes.lastIndexOf(",1\n"));
    const { conversation, warnings } = importBoth(cut);
    expect(conversation.votes).toHaveLength(11);
    expect(warnings.join(" ")).toMatch(/the last line of votes.csv, line 13, is cut/);
  });

  test.each([
    ["a vote of 2", [...rows, cell(0, 1, 2), ""], /line 14.*1500000000100,x,1,0,2/],
    ["a line cut in the middle of the file", [rows[0], "150000", ...rows.slice(1), ""], /line 3/],
    ["a time that is none", [...rows, "soon,x,1,0,1", ""], /line 14/],
  ])("with %s is refused, by its line", (_, lines, message) => {
    expect(() => importBoth([header, ...lines].join("\n"))).toThrow(message);
  });

  test("with votes on unknown statements is refused, or read without them", () => {
    const files = { votes: named("votes.csv", `${votes}${cell(0, 77, 1)}\n`), statements };
    expect(() => importConversation(files)).toThrow(/1 votes on 1 statements that comments.csv does not list: 77/);
    const { conversation, warnings } = importConversation(files, { leaveOutUnknown: true });
    expect(conversation.votes).toHaveLength(12);
    expect(warnings.join(" ")).toMatch(/left out/);
  });

  test("without statements is votes alone, in words too and with other names of columns", () => {
    const plain = "participant,statement,vote\nann,s1,agree\nbob,s1,Disagree\nann,s2,pass\n";
    const { conversation, warnings } = importConversation({ votes: named("town.csv", plain) });
    expect(conversation.votes.map(({ vote }) => vote)).toEqual(["agree", "disagree", "pass"]);
    expect(conversation.statements.map(({ id }) => id)).toEqual(["s1", "s2"]);
    expect(warnings.join(" ")).toMatch(/no comments.csv/);
  });

  test("with times in seconds has them in milliseconds", () => {
    const seconds = votes.replaceAll("15000000001", "1500000001").replaceAll(/^(15\d{8})\d*/gm, "$1");
    expect(importBoth(seconds).conversation.votes[0]?.at).toBeGreaterThan(1.4e12);
  });

  test("of a matrix alone is read from it", () => {
    const matrix = "participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1\n0,1,1,2,1,1,1,-1\n5,,0,1,0,0,,0\n";
    const { conversation } = importConversation({ matrix: named("participants-votes.csv", matrix) });
    expect(conversation.votes.map(({ participant, statement, vote }) => `${participant} ${statement} ${vote}`)).toEqual(
      ["0 0 agree", "0 1 disagree", "5 1 pass"],
    );
  });

  test("whose files are of two conversations is refused", () => {
    const matrix = "participant,0,1,2\n0,-1,-1,0\n1,1,0,0\n2,1,-1,-1\n";
    const files = { votes: named("votes.csv", votes), matrix: named("participants-votes.csv", matrix) };
    expect(() => importConversation(files)).toThrow(/0 of the 9 votes.*different conversations/s);
  });

  test.each([
    ["no columns of votes", "a,b\n1,2\n", /expected: a column voter-id or participant/],
    ["a quote that never ends", 'timestamp,comment-id,voter-id,vote\n1,"2,3,1\n', /Quote/],
  ])("with %s is refused", (_, text, message) => {
    expect(() => importBoth(text)).toThrow(message);
  });

  test("of nothing at all is refused", () => {
    expect(() => importConversation({})).toThrow(/neither votes.csv nor participants-votes.csv/);
  });
});

describe("the files of an export", () => {
  test("come from a folder, packed or not", async () => {
    const folder = folderWith({ "votes.csv.gz": gzipSync(votes), "comments.csv": comments, "summary.csv": "topic,x" });
    const files = await readExport(folder);
    expect(files).toEqual({ votes: named("votes.csv", votes), statements });
  });

  test("come from a zip, as Python's zipfile writes it", async () => {
    const folder = folderWith({ "export.zip": Buffer.from(packed, "base64") });
    expect(await readExport(join(folder, "export.zip"))).toEqual({
      votes: named("votes.csv", `participant,statement,vote\n${"ann,s1,agree\n".repeat(4)}`),
      statements: named("comments.csv", "comment-id,comment-body\ns1,Buses\n"),
    });
  });

  test.each([
    ["no zip", Buffer.from("PK, but no more")],
    ["a cut zip", Buffer.concat([deflateRawSync("x"), Buffer.from([0x50, 0x4b, 0x05, 0x06])])],
  ])("from %s: a clear error", async (_, bytes) => {
    const folder = folderWith({ "export.zip": bytes });
    await expect(readExport(join(folder, "export.zip"))).rejects.toThrow(/Reading export.zip: no directory at its end/);
  });

  test("from a folder without votes, or with bytes that are no text: a clear error", async () => {
    await expect(readExport(folderWith({ "notes.txt": "x" }))).rejects.toThrow(/notes.txt/);
    await expect(readExport(folderWith({ "votes.csv": Buffer.from([0xff, 0xfe, 0x00]) }))).rejects.toThrow(/UTF-8/);
  });
});

describe.skipIf(!hasPolisData())("the open conversations of Polis", () => {
  const names = ["brexit-consensus", "football-concussions", "scoop-hivemind.freshwater", "scoop-hivemind.ubi"];

  test.each(names)("%s is read without a warning of its signs", async (name) => {
    const files = await readExport(join(polisData, "opendata", name));
    const { conversation, warnings } = importConversation(files);
    expect(warnings.filter((warning) => !/no text/.test(warning))).toEqual([]);
    const summary = read(join(polisData, "opendata", name, "summary.csv"));
    expect(tableOf(conversation, "canonical").participants).toHaveLength(Number(/^voters,(\d+)/m.exec(summary)?.[1]));
  });
});
