import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { PreceptError } from "../../errors.ts";
import { packageVersion, shownPath, tryJson } from "../../storage/index.ts";
import type { Phrase, RunPage } from "../source.ts";
import { keepInside } from "./inside.ts";
import { lineOf } from "./runs.ts";

/** A run whose manifest this program does not read. */
export class UnreadableRun extends Error {
  readonly folder: string;
  readonly reason: PreceptError;

  constructor(folder: string, reason: PreceptError) {
    super(reason.message);
    this.folder = folder;
    this.reason = reason;
  }
}

const headSchema = z.object({ format: z.number(), version: z.string() });

/** What can be said of it all the same: its manifest as it stands, and which version reads it. */
export function readPlainPage({ folder, reason }: UnreadableRun, name: string): RunPage {
  keepInside(folder);
  const text = readFileSync(join(folder, "manifest.json"), "utf8");
  const manifest = tryJson(text);
  const head = headSchema.safeParse(manifest).data;
  const isOther = reason.code === "run-version" || (head !== undefined && head.version !== packageVersion);
  return {
    line: lineOf(folder, name),
    rooms: [{ room: "overview", count: null }],
    sentence: isOther && head !== undefined ? tellVersion(head, folder) : ["This run cannot be read."],
    notices: [
      isOther
        ? { kind: "newer", text: `Shown as plain JSON: ${reason.details.found}.` }
        : { kind: "damaged", text: reason.message },
    ],
    plain: manifest ?? text,
    ...{ measuredOn: null, figures: [], worthALook: [], stages: [], made: [], provenance: [], review: null },
    ...{ next: [], disclosure: null, indexed: 1 },
  };
}

function tellVersion({ version, format }: z.infer<typeof headSchema>, folder: string): Phrase {
  return [
    { strong: `Written by Precept ${version}` },
    `, in run format ${format}. `,
    { code: `npx precept@${version} view ${shownPath(folder)}` },
    " reads it.",
  ];
}
