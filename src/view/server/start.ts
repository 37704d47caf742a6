import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { errnoOf } from "../../errors.ts";
import { cannotListen } from "../../listening.ts";
import { packageRoot } from "../../storage/index.ts";
import { ConstitutionDesk, type DeskOptions } from "../constitution/desk.ts";
import type { ServedRoom } from "../room.ts";
import { findOnly, type NamedRun } from "../run/runs.ts";
import { viewerApp } from "./app.ts";
import type { TraceAnswer } from "./inside-routes.ts";
import { RunSource } from "./run-source.ts";

export interface ViewOptions {
  /** The folder of a run, or one that holds runs. */
  readonly root: string;
  /** Default 127.0.0.1: this machine alone. */
  readonly host?: string | undefined;
  /** Default: the first free one from 7710 on. */
  readonly port?: number | undefined;
  /** Names under which the viewer may be asked besides this machine's own. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Folder of the pages' files. Default: those of the package. */
  readonly pages?: string | undefined;
  /** Default: the viewer's own. */
  readonly rooms?: readonly ServedRoom[] | undefined;
  /** The constitution that can be edited, and how one is linted. */
  readonly desk?: DeskOptions | undefined;
  /** Answers which training examples shaped an answer, off the thread of the pages. Default: nobody does. */
  readonly trace?: TraceAnswer | undefined;
  /** Told of failures that are the viewer's own. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/** A viewer that runs. */
export interface Viewer {
  /** The folder that is shown. */
  readonly root: string;
  /** Where its pages are. */
  readonly url: string;
  /** What opens them: the same with the token in the fragment, which reaches no log. */
  readonly link: string;
  /** What opens one of its pages, by the parts of its path: ["demo", "record", "sl-cai", …]. */
  linkTo(path: readonly string[]): string;
  close(): Promise<void>;
}

const firstPort = 7710;
const triedPorts = 50;

/** Serves the pages of runs until `close`. @throws PreceptError input-invalid where no port is free or ours. */
export async function startViewer(options: ViewOptions): Promise<Viewer> {
  const { root, host = "127.0.0.1", port, allowedHosts = [], trace, onFailure = () => undefined } = options;
  const token = randomBytes(24).toString("base64url");
  const source = new RunSource(root, options.rooms);
  const isAnyHost = host === "0.0.0.0" || host === "::";
  const hosts = isAnyHost ? allowedHosts : [...allowedHosts, host];
  const pages = options.pages ?? join(packageRoot, "dist", "viewer");
  const desk = new ConstitutionDesk(options.desk);
  const { fetch } = viewerApp({ source, desk, trace, pages, token, hosts, onFailure });
  const server = createAdaptorServer({ fetch });
  const ports = port === undefined ? Array.from({ length: triedPorts }, (_, i) => firstPort + i) : [port];
  for (const [i, wanted] of ports.entries()) {
    const error = await listen(server, wanted, host);
    if (error === undefined) break;
    if (errnoOf(error) !== "EADDRINUSE" || i === ports.length - 1) throw cannotListen(host, wanted, error);
  }
  const { port: own } = server.address() as AddressInfo;
  const name = isAnyHost ? "localhost" : host.includes(":") ? `[${host}]` : host;
  const url = `http://${name}:${own}/`;
  const linkTo = (path: readonly string[]): string => `${url}#/${path.map(encodePart).join("/")}?token=${token}`;
  const only = findOnly(root);
  return {
    root,
    url,
    link: only === undefined ? `${url}#token=${token}` : linkTo([only.name, ...roomsOf(only)]),
    linkTo,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
      await source.close();
    },
  };
}

/** The room that has all of what is no run; of a run, its overview opens first. */
function roomsOf({ log, isTown }: NamedRun): string[] {
  return log !== undefined ? ["guard"] : isTown === true ? ["public"] : [];
}

/** A run may be called as a page that stands above runs. */
function encodePart(part: string, place: number): string {
  return place === 0 && part === "compare" ? "%63ompare" : encodeURIComponent(part);
}

function listen(
  server: ReturnType<typeof createAdaptorServer>,
  port: number,
  host: string,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve(error);
    server.once("error", fail);
    server.listen(port, host, () => {
      server.off("error", fail);
      resolve(undefined);
    });
  });
}
