import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { errnoOf } from "../../errors.ts";

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};
/** Milliseconds after which a browser has read what it was given. */
const readsWithin = 60_000;

/**
 * Opens a link in the person's browser, where there is one; the link is printed in any case. Everybody on the machine sees the arguments
 * of a program, and the link holds the token: the browser is given a file that only this person reads, and that leads there.
 * @param beside a folder of the person's, which a browser that is locked in can read. Returns what removes the file at once.
 */
export function openBrowser(link: string, beside: string): () => void {
  const file = writeLeading(link, beside);
  const forget = (): void => remove(file);
  const [program = "", ...before] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...before, file], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
  setTimeout(forget, readsWithin).unref();
  return forget;
}

/** A page that leads to the link. */
function writeLeading(link: string, beside: string): string {
  const target = link.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const page = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${target}"><title>precept view</title><a href="${target}">precept view</a>\n`;
  const name = `open-${randomBytes(8).toString("hex")}.html`;
  const write = (folder: string): string => {
    const path = join(folder, name);
    writeFileSync(path, page, { mode: 0o600, flag: "wx" });
    return path;
  };
  try {
    if (existsSync(beside)) {
      mkdirSync(join(beside, ".view"), { recursive: true });
      return write(resolve(beside, ".view"));
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
  return write(mkdtempSync(join(tmpdir(), "precept-view-")));
}

/** With its folder where nothing else is in it. */
function remove(file: string): void {
  try {
    rmSync(file, { force: true });
    rmdirSync(dirname(file));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
