import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { repositoryPath } from "./support/documents.ts";

const read = (path: string): string => readFileSync(repositoryPath(path), "utf8");
const pagesIn = (folder: string): string[] =>
  readdirSync(repositoryPath(folder)).filter((name) => name.endsWith(".md"));
/** The relative links of a document, without what stands in code. */
const linksOf = (path: string): string[] =>
  [
    ...read(path)
      .replaceAll(/^```[\s\S]*?^```|`[^`\n]*`/gm, "")
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].flatMap(([, target = ""]) => (/^[a-z]+:|^#/.test(target) ? [] : [target]));

test("docs/README.md lists every page of docs, and README.md leads there", () => {
  const listed = linksOf("docs/README.md");
  for (const page of pagesIn("docs")) if (page !== "README.md") expect(listed).toContain(page);
  expect(linksOf("README.md")).toContain("docs/README.md");
});

test("every relative link of README.md and of a page in docs leads to a file, and to a heading that is there", () => {
  const documents = ["README.md", ...pagesIn("docs").map((page) => `docs/${page}`)];
  documents.push(...pagesIn("docs/api").map((page) => `docs/api/${page}`));
  const broken = documents.flatMap((document) =>
    linksOf(document).flatMap((target) => {
      const [file = "", heading] = target.split("#");
      const path = join(dirname(document), file);
      if (!existsSync(repositoryPath(path))) return [`${document}: ${target}`];
      return heading === undefined || headingsOf(path).includes(heading) ? [] : [`${document}: ${target}`];
    }),
  );
  expect(broken).toEqual([]);
});

/** As GitHub names them. */
function headingsOf(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
