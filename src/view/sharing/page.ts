import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { contentPolicy, trustedTypes } from "../../report/index.ts";

/** One page that needs no other file and asks nobody: script, style and fonts inside, the first two named by hash. */
export function renderSharedPage(pages: string, data: string): string {
  const index = readFileSync(join(pages, "index.html"), "utf8");
  const script = readNamed(pages, index, /<script[^>]+src="\.\/([^"]+)"[^>]*><\/script>/u).replaceAll(
    "</script",
    "<\\/script",
  );
  const style = readNamed(pages, index, /<link[^>]+href="\.\/([^"]+\.css)"[^>]*>/u).replace(
    /url\((?:"|')?(?:\.\/)?([\w.-]+\.woff2)(?:"|')?\)/gu,
    (_, name: string) => `url(data:font/woff2;base64,${readFileSync(join(pages, "assets", name)).toString("base64")})`,
  );
  const policy = contentPolicy({
    ...{ "script-src": `'${hashOf(script)}'`, "style-src": `'${hashOf(style)}'`, "font-src": "data:" },
    ...{ "img-src": "data:", "connect-src": "'none'", ...trustedTypes },
  });
  const head = `<meta charset="utf-8" /><meta http-equiv="content-security-policy" content="${policy}" />
<meta name="viewport" content="width=device-width, initial-scale=1" /><meta name="color-scheme" content="light dark" /><meta name="referrer" content="no-referrer" />
<link rel="icon" href="data:," /><title>Precept</title><style>${style}</style>`;
  // A page without data is drawn before its script: it stands behind what it reads.
  return `<!doctype html>
<html lang="en"><head>${head}</head><body>
<noscript>This page is drawn from the records in it, which takes JavaScript.</noscript>
<script type="application/json" id="precept-data">${data.replaceAll("<", "\\u003c")}</script>
<script type="module">${script}</script>
</body></html>
`;
}

function readNamed(pages: string, index: string, pattern: RegExp): string {
  const name = pattern.exec(index)?.[1];
  if (name === undefined) throw new RangeError(`${pages}/index.html names no file like ${pattern}`);
  return readFileSync(join(pages, name), "utf8");
}

const hashOf = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;
