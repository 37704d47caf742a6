import type { Entry, Exported } from "./read-entries.ts";

/** A page of docs/api: its file's name, and its text. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

const groups = ["Functions", "Classes", "Constants", "Types"] as const;
const note = "<!-- Written by `npm run docs` from the doc comments in src; change those. -->";

/** One page an entry, and the list of them. A name that an entry passes on from a room is described on the room's page. */
export function pagesOf(entries: readonly Entry[]): Page[] {
  const [main, ...rooms] = entries;
  if (main === undefined) return [];
  const owners = new Map<string, Entry>();
  for (const room of rooms) {
    for (const exported of room.exported) {
      const key = keyOf(exported);
      if (!owners.has(key)) owners.set(key, room);
    }
  }
  return [
    { file: "README.md", text: list(entries) },
    { file: fileOf(main), text: page(main, (exported) => owners.get(keyOf(exported))) },
    ...rooms.map((room) => ({ file: fileOf(room), text: page(room) })),
  ];
}

const keyOf = ({ file, name }: Exported): string => `${file}#${name}`;
const fileOf = ({ name }: Entry): string => `${name.split("/").slice(1).join("-") || name}.md`;
/** As GitHub makes them. */
const anchorOf = (name: string): string => name.toLowerCase();
const firstSentence = (text: string): string =>
  (/^[\s\S]*?(?<!\bal|e\.g|i\.e)\.(?=\s|$)/.exec(text)?.[0] ?? text).replaceAll(/\s+/g, " ");
/** A doc comment as Markdown: what looks like a tag is meant as written. */
const written = (text: string): string => text.replaceAll(/`[^`]*`|</g, (found) => (found === "<" ? "&lt;" : found));

function list(entries: readonly Entry[]): string {
  const rows = entries.map(
    (entry) => `| [\`${entry.name}\`](${fileOf(entry)}) | ${written(firstSentence(entry.comment))} |`,
  );
  return [
    note,
    "# API",
    'What each entry of the package exports. `import { openModel } from "precept/models"`.',
    ["| entry | what is in it |", "| --- | --- |", ...rows].join("\n"),
  ]
    .join("\n\n")
    .concat("\n");
}

function page(entry: Entry, ownerOf: (exported: Exported) => Entry | undefined = () => undefined): string {
  const sections = groups.flatMap((group) => {
    const members = entry.exported.filter((exported) => exported.group === group);
    if (members.length === 0) return [];
    return [`## ${group}`, ...members.map((member) => describe(member, ownerOf(member)))];
  });
  return [note, `# ${entry.name}`, ...(entry.comment === "" ? [] : [written(entry.comment)]), ...sections]
    .join("\n\n")
    .concat("\n");
}

function describe({ name, file, signatures, comment, tags }: Exported, owner: Entry | undefined): string {
  if (owner !== undefined) {
    const place = `[\`${owner.name}\`](${fileOf(owner)}#${anchorOf(name)})`;
    return [`### ${name}`, `${written(firstSentence(comment))} Described in ${place}.`.trim()].join("\n\n");
  }
  const said = tags.map((tag) => `*${tag.name}* ${tag.text}`.trim());
  return [
    `### ${name}`,
    ["```ts", ...signatures, "```"].join("\n"),
    ...[comment, ...said].filter((text) => text !== "").map(written),
    `[${file}](../../${file})`,
  ].join("\n\n");
}
