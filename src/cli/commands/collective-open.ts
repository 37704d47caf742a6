import { dirname, join, parse } from "node:path";
import { loadConfiguration, type RunningSite, startSite } from "../../collective/site/index.ts";
import { PreceptError } from "../../errors.ts";
import { isLoopback } from "../../listening.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { holdUntilStopped } from "../hold.ts";
import { pageOf } from "../layout.ts";
import { postgresOf } from "../postgres.ts";

export interface CollectiveOpenFlags {
  readonly host?: string;
  readonly port?: number;
  readonly address?: string | undefined;
  readonly out?: string | undefined;
  readonly postgres: boolean;
  readonly invite?: number | undefined;
  readonly json: boolean;
}

/** precept collective open FILE: the voting site of a conversation, until Ctrl-C. */
export async function collectiveOpen(this: CliContext, flags: CollectiveOpenFlags, file: string): Promise<void> {
  const { host = "127.0.0.1", port, address, postgres, invite, json } = flags;
  const folder = flags.out ?? join(dirname(file), parse(file).name);
  if (folder === file) {
    const remedy = "name the file with .yaml, or give --out FOLDER";
    throw new PreceptError("usage", { attempted: `Opening ${file}`, found: "no folder for its log", remedy });
  }
  const configuration = await loadConfiguration(file);
  const onFailure = (error: unknown): void => {
    const said = error instanceof PreceptError ? error.message : error instanceof Error ? error.stack : String(error);
    this.process.stderr.write(`precept collective open: ${said}\n`);
  };
  const url = postgresOf(this, postgres);
  const running = await startSite({ folder, url, configuration, host, port, address, onFailure });
  const invitations = invite === undefined ? undefined : inviteTo(running, invite);
  const links = { url: running.url, organiser: running.organiserUrl, folder, ...invitations };
  if (json) printJson(this, links);
  else print(this, tell(this, links));
  if (!isLoopback(host)) {
    const warning = `precept collective open: ${host} is reachable from other machines, without encryption; --address names a proxy's\n`;
    this.process.stderr.write(pageOf(this.process.stderr, this.env).paint("yellow", warning));
  }
  await holdUntilStopped(this);
  await running.close();
}

interface Links {
  readonly url: string;
  readonly organiser: string;
  readonly folder: string;
  readonly invitations?: readonly string[];
  readonly openInvitation?: string | undefined;
}

function inviteTo({ url, organiser }: RunningSite, count: number): Pick<Links, "invitations" | "openInvitation"> {
  const link = (code: string): string => `${url}#invitation=${code}`;
  const [open] = organiser.invite({ kind: "open", count: 1, days: 30 }).map(link);
  return { invitations: organiser.invite({ kind: "listed", count, days: 30 }).map(link), openInvitation: open };
}

function tell(context: CliContext, { url, organiser, folder, invitations, openInvitation }: Links): string {
  const page = pageOf(context.process.stdout, context.env);
  return [
    `for the public     ${page.paint("cyan", url)}`,
    `for the organiser  ${page.paint("cyan", organiser)}`,
    ...(openInvitation === undefined ? [] : [`for all who have it, 30 days  ${openInvitation}`]),
    ...(invitations ?? []).map((link, i) => `for person ${i + 1}, 30 days  ${link}`),
    page.paint("dim", `kept in ${folder}; Ctrl-C ends it, the same command goes on`),
  ].join("\n");
}
