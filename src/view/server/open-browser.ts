import { spawn } from "node:child_process";

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/** Opens a link in the person's browser, where there is one; the link is printed in any case. */
export function openBrowser(link: string): void {
  const [program = "", ...before] = openers[process.platform] ?? ["xdg-open"];
  // "&" would end the command of cmd; links of the viewer have none.
  const child = spawn(program, [...before, link], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
