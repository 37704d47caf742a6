import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { openBrowser } from "./open-browser.ts";

const link = "http://127.0.0.1:7710/#/a%20run?token=secret-of-this-test&x=1";

/** A program in the place of the one that opens browsers, which writes down what it was given. */
function standIn(folder: string): string {
  const said = join(folder, "said");
  for (const name of ["xdg-open", "open"]) {
    writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\n' "$@" > "${said}.tmp"; mv "${said}.tmp" "${said}"\n`);
    chmodSync(join(folder, name), 0o755);
  }
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"]}`);
  return said;
}

test.skipIf(process.platform === "win32")(
  "the token is in no argument, but in a file of this person's alone",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "precept-opened-"));
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    });
    const said = standIn(folder);
    mkdirSync(join(folder, "runs"));
    for (const beside of [join(folder, "runs"), join(folder, "nowhere")]) {
      const forget = openBrowser(link, beside);
      await vi.waitFor(() => expect(existsSync(said)).toBe(true), { timeout: 20_000, interval: 20 });
      const given = readFileSync(said, "utf8").trim();
      rmSync(said);
      expect(given).not.toContain("secret-of");
      expect(statSync(given).mode & 0o777).toBe(0o600);
      const [, target = ""] = /content="0; url=([^"]*)"/u.exec(readFileSync(given, "utf8")) ?? [];
      expect(target.replaceAll("&amp;", "&")).toBe(link);
      forget();
      forget();
      expect([existsSync(given), existsSync(join(folder, "runs", ".view"))]).toEqual([false, false]);
    }
  },
);
