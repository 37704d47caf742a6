import { relative } from "node:path";
import { makeCard } from "../../project/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showCard } from "../show-card.ts";

export interface CardFlags {
  readonly checkpoint?: string | undefined;
  readonly usage?: string | undefined;
  readonly licence?: string | undefined;
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** precept card RUN. */
export async function card(this: CliContext, { json, ...flags }: CardFlags, run: string): Promise<void> {
  const made = await makeCard({ run, ...flags });
  if (json) printJson(this, { card: made.card, path: relative(process.cwd(), made.path) });
  else print(this, showCard(made, pageOf(this.process.stdout, this.env)));
}
