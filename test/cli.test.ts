import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { preceptHere } from "../src/cli/in-process.test-support.ts";
import { precept, temporaryFolder } from "./cli.ts";

describe("the command line", () => {
  test.each([[[]], [["help"]], [["--help"]], [["-h"]]])("%j shows the commands in their groups", async (args) => {
    const { code, stdout, stderr } = await precept(args);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/ start +init [\s\S]* measure +[\s\S]* your model +[\s\S]* harbor +demo [\s\S]* engine +/u);
  });

  test("help of a command ends with examples, and -V is the version", async () => {
    const helps = [await precept(["help", "train", "sft"]), await precept(["train", "sft", "--help"])];
    for (const { code, stdout } of helps) {
      expect(code).toBe(0);
      expect(stdout).toMatch(/USAGE[\s\S]*EXAMPLES\n(?: {2}precept train sft .*\n){3}$/);
    }
    expect((await precept(["-V"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await precept(["help", "nonsense"])).code).toBe(2);
  });

  test("a usage error of the program itself ends it with 2, and has a way out", async () => {
    const { code, stdout, stderr } = await precept(["dmeo"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/no command "dmeo"[\s\S]* {2}try {2}/);
  });

  test("a suggestion is made only where it is close", async () => {
    expect((await preceptHere(["evaluat"])).stderr).toContain("did you mean evaluate?");
    expect((await preceptHere(["quantize"])).stderr).not.toContain("did you mean");
    expect((await preceptHere(["generate", "--model", "x"])).stderr).not.toContain("did you mean");
  });

  test.each([
    [["demo", "--presett", "smoke"], /--presett/],
    [["demo", "--preset", "huge"], /huge/],
    [["demo", "--seed", "-1"], /-1/],
    [["demo", "--preset", "committed"], /--from-scratch/],
    [["sl-cai"], /RUN/],
    [["chat", "runs/none", "--json"], /--ask/],
    [["serve", "runs/none", "--port", "99999"], /a port from 0 to 65535/],
    [["train", "sfd"], /did you mean sft\?/],
    [["train", "sft"], /precept train sft --help/],
    [["init", "--yes", "--preset", "smoke", "none"], /--preset without --template/],
    [["init", "--template", "harbor", "--model", "openai:x", "none"], /--model beside --template/],
    [["init", "--template", "harbor", "--rule", "a", "--rule", "b", "none"], /--rule 2 times beside --template harbor/],
    [["constitution", "add", "Never swear."], /no constitution\.yaml here/],
    [["constitution", "import", "x.md", "--plan"], /--plan without --model/],
    [["constitution", "import", "x.md", "--model", "openai:x", "--level", "1"], /--level beside --model/],
    [["constitution", "hash"], /NAME\|FILE/],
  ])("%j is a usage error with a way out", async (args, message) => {
    const { code, stdout, stderr } = await preceptHere(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).toContain("  try  ");
    expect(stderr).not.toMatch(/\n\s+at /);
    if (!args.includes("--json")) expect(stdout).toBe("");
  });

  test("an unknown principle exits 2 and names the nearest", async () => {
    const { code, stderr } = await preceptHere(["demo", "--delete", "dangr", "--out", join(temporaryFolder(), "run")]);
    expect(code).toBe(2);
    expect(stderr).toContain("danger");
  });

  test("later stages ask for the earlier ones", async () => {
    const { code, stderr } = await preceptHere(["rl-cai", join(temporaryFolder(), "run")]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/try {7}precept sl-cai .*run/);
  });

  test("under --json a failure is one object too, and the words go to stderr", async () => {
    const { code, stdout, stderr } = await preceptHere(["constitution", "show", "nowhere.yaml", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "usage", found: "no such file" } });
    expect(stderr).toContain("no such file");
  });

  test("a folder that is no run is left alone", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "thesis.txt"), "mine");
    const { code, stderr } = await preceptHere(["demo", "--preset", "smoke", "--out", folder]);
    expect(code).toBe(1);
    expect(stderr).toContain("no manifest.json, but other files (thesis.txt)");
  });
});

const faulty = `name: faulty
principles:
  - id: danger
    text: the answer should not help with danger .
  - id: danger
    text: the answer should not help with cheat .
  - id: empty
    text: ""
  - id: odd
    txet: a typo
  - id: wrong
    text: 7
`;

describe("a faulty constitution", () => {
  test("is refused with all faults, each with its line", async () => {
    const file = join(temporaryFolder(), "faulty.yaml");
    writeFileSync(file, faulty);
    const { code, stderr } = await preceptHere([
      "demo",
      "--constitution",
      file,
      "--preset",
      "smoke",
      "--out",
      `${file}.run`,
    ]);
    expect(code).toBe(1);
    for (const line of [5, 8, 10, 12]) expect(stderr).toContain(`faulty.yaml:${line}:`);
  });

  test.each([
    ["a syntax error", "principles:\n  - id: [a\n"],
    ["a cyclic alias", "principles: &p\n  - *p\n"],
    ["nothing at all", ""],
  ])("with %s exits 1 without a stack", async (_, text) => {
    const file = join(temporaryFolder(), "bad.yaml");
    writeFileSync(file, text);
    const { code, stderr } = await preceptHere(["constitution", "lint", file]);
    expect(code).toBe(1);
    expect(stderr).toContain("bad.yaml");
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test("outside harbor's language is refused with the word", async () => {
    const file = join(temporaryFolder(), "english.yaml");
    writeFileSync(
      file,
      "name: english\nprinciples:\n  - id: kindness\n    text: the answer should be compassionate .\n",
    );
    const linted = await preceptHere(["constitution", "lint", file, "--world", "harbor"]);
    expect(linted.code).toBe(1);
    expect(linted.stdout).toContain("compassionate");
    const demo = await preceptHere(["demo", "--constitution", file, "--preset", "smoke", "--out", `${file}.run`]);
    expect(demo.code).toBe(1);
    expect(demo.stderr).toContain('english.yaml:4 kindness: the model cannot read "');
  });
});

describe("harbor's model", () => {
  const committed = join(import.meta.dirname, "../models/harbor/checkpoint");

  test("refuses in a chat a request that is too long for it", async () => {
    const run = temporaryFolder();
    cpSync(committed, join(run, "initial", "checkpoint"), { recursive: true });
    const { code, stdout, stderr } = await precept(["chat", run, "--ask", "how do i make soup ? ".repeat(50)]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/a prompt of \d+ tokens for a context of \d+[\s\S]*fewer words/);
  });

  test("plays in an arena under the names of two folders that are called alike", async () => {
    const cwd = temporaryFolder();
    const players = [join("a", "checkpoint"), join("b", "checkpoint")];
    for (const player of players) cpSync(committed, join(cwd, player), { recursive: true });
    // Twins give the same answers, which rate nobody; but both of them were asked.
    const { stderr } = await precept(["arena", ...players, "--items", "1", "--run", "run"], { cwd });
    expect(stderr).toContain("no verdict on 1 pairs");
    const arena = join(cwd, "run", "arena");
    const [answers = ""] = readdirSync(arena).filter((name) => name.startsWith("answers."));
    const asked = readFileSync(join(arena, answers), "utf8").matchAll(/"subject":"([^"]+)"/g);
    expect(new Set([...asked].map(([, name]) => name))).toEqual(new Set(["checkpoint", players[1]]));
  });
});

describe("constitution", () => {
  const file = (folder: string, name: string, text: string): string => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const yaml = "name: small\nprinciples:\n  - id: help\n    text: the answer should help with food .\n";

  test("show, lint, hash and diff read a bundled name or a file", async () => {
    const folder = temporaryFolder();
    const one = file(folder, "one.yaml", yaml);
    const two = file(folder, "two.yaml", yaml.replace("food", "tool"));
    expect((await precept(["constitution", "show", "harbor"])).stdout).toContain("danger");
    expect((await precept(["constitution", "lint", "harbor"])).code).toBe(0);
    const hashes = JSON.parse((await precept(["constitution", "hash", one, two, "--json"])).stdout);
    expect(new Set(Object.values(hashes)).size).toBe(2);
    const { stdout } = await precept(["constitution", "diff", one, two]);
    expect(stdout).toContain("help.text");
  });

  test("import turns a plain list into YAML that show reads", async () => {
    const folder = temporaryFolder();
    const list = file(folder, "list.txt", "- Be kind to people.\n- Explain refusals.\n");
    const out = join(folder, "out.yaml");
    const { code, stdout } = await precept(["constitution", "import", list, "--out", out]);
    expect(code).toBe(0);
    expect(stdout.trim()).toBe(out);
    expect(readFileSync(out, "utf8")).toContain("Explain refusals.");
    expect((await precept(["constitution", "show", out])).code).toBe(0);
  });
});
