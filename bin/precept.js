#!/usr/bin/env node
// Finds a Node new enough and the program: TypeScript sources in a clone, compiled JavaScript in an installed package.
// Plain JavaScript in old syntax, so that an old Node can still say what it lacks.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

const wanted = [22, 18];
const [major, minor] = process.versions.node.split(".").map(Number);
const sources = new URL("../src/cli/main.ts", import.meta.url);
const program = existsSync(sources) ? sources : new URL("../dist/cli/main.js", import.meta.url);

if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) {
  await import(program.href);
} else {
  // The package `node` is a dev dependency of a clone; an installed precept may find one beside it.
  const pinned = ["../node_modules/node/bin/node", "../../node/bin/node"]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path) && realpathSync(path) !== realpathSync(process.execPath));
  if (pinned === undefined) {
    const found = `Node ${process.versions.node} at ${process.execPath}`;
    process.stderr.write(
      `precept: Starting\n  found     ${found}\n  expected  Node ${wanted.join(".")} or later\n  try       npm ci (in a clone: it brings Node 24), or install a newer Node: https://nodejs.org\n`,
    );
    process.exitCode = 2;
  } else {
    const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
    // Whoever ends this process ends the child, which stops cleanly. Ctrl-C in a terminal reaches both by itself.
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) {
      process.on(signal, () => {
        if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
      });
    }
    child.on("error", (error) => {
      throw error;
    });
    child.on("exit", (code, signal) => {
      for (const own of signals) process.removeAllListeners(own);
      if (signal === null) process.exitCode = code;
      else process.kill(process.pid, signal);
    });
  }
}
