import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { PreceptError } from "../../errors.ts";
import { cannotListen } from "../../listening.ts";
import { packageRoot } from "../../storage/index.ts";
import { siteApp } from "./app.ts";
import { type OpenSiteOptions, openSite } from "./open-site.ts";
import { OrganiserDesk } from "./organiser-desk.ts";
import type { Site } from "./site.ts";

export interface StartOptions extends OpenSiteOptions {
  /** Default 127.0.0.1: this machine alone. */
  readonly host?: string | undefined;
  /** Default 7780; 0 takes a free one. */
  readonly port?: number | undefined;
  /** The address under which people reach the site, where it is another: behind a proxy. */
  readonly address?: string | undefined;
  /** Folder of the pages' files. Default: those of the package. */
  readonly pages?: string | undefined;
}

/** A site that runs. */
export interface RunningSite {
  readonly site: Site;
  /** For the public. */
  readonly url: string;
  /** For the organiser alone: the token stands behind the #, which reaches no log. */
  readonly organiserUrl: string;
  /** What the organiser's page does, for whoever runs the site. */
  readonly organiser: OrganiserDesk;
  close(): Promise<void>;
}

/** Milliseconds between looks at what other machines wrote, on PostgreSQL. */
const lookEvery = 1000;

/** Opens a conversation to people until `close`. @throws PreceptError as `openSite`; input-invalid where the port is taken. */
export async function startSite(options: StartOptions): Promise<RunningSite> {
  const { host = "127.0.0.1", port = 7780, pages = join(packageRoot, "dist", "town"), url: database } = options;
  const site = await openSite(options);
  // Votes are taken all the same: whoever asks from a program needs no pages.
  if (!existsSync(join(pages, "index.html"))) site.onFailure(missingPages(pages));
  const server = createAdaptorServer({ fetch: siteApp(site, pages).fetch });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(cannotListen(host, port, error)));
      server.listen(port, host, resolve);
    });
  } catch (error) {
    await site.close();
    throw error;
  }
  const looking =
    database === undefined ? undefined : setInterval(() => void site.catchUp().catch(site.onFailure), lookEvery);
  const { port: own } = server.address() as AddressInfo;
  const url = options.address ?? `http://${reachableName(host)}:${own}/`;
  return {
    site,
    url,
    organiserUrl: `${url}organiser#${site.tokens.organiser}`,
    organiser: new OrganiserDesk(site),
    async close() {
      clearInterval(looking);
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
      await site.close();
    },
  };
}

function missingPages(pages: string): PreceptError {
  return new PreceptError("package-missing", {
    attempted: "Showing the pages of the site",
    found: `none in ${pages}: browsers will be told that there is nothing`,
    remedy: "in a clone of precept: npm run build, then open it again",
  });
}

/** The name that goes into a link: for all addresses of this machine, the first one that others can reach. */
function reachableName(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host.includes(":") ? `[${host}]` : host;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "localhost";
}
