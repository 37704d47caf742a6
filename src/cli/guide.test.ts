import type { RouteMap } from "@stricli/core";
import { text_en } from "@stricli/core";
import { expect, test } from "vitest";
import { buildApp } from "./app.ts";
import type { CliContext } from "./context.ts";
import { examples } from "./examples.ts";
import { showGuide } from "./guide.ts";

/** Every command by its words: "demo", "train sft". */
function routesOf(target: RouteMap<CliContext>, before: readonly string[] = []): string[] {
  return target.getAllEntries().flatMap(({ name, target }) => {
    const words = [...before, name["convert-camel-to-kebab"]];
    return "getAllEntries" in target ? routesOf(target, words) : [words.join(" ")];
  });
}

const { root } = buildApp(text_en);
const routes = "getAllEntries" in root ? routesOf(root) : [];

test("the root help names every command within 24 lines of 80 columns", () => {
  const commands = [...new Set(routes.map((route) => route.split(" ")[0] ?? ""))];
  const guide = showGuide(commands);
  const lines = guide.split("\n");
  expect(lines.length).toBeLessThanOrEqual(24);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  for (const command of commands) expect(guide).toMatch(new RegExp(`(?:^|[ ,])${command}(?:[ ,:]|$)`, "m"));
  expect(showGuide([...commands, "newcomer"])).toMatch(/more +newcomer/);
});

test("every command has examples of its own, and no example is of another", () => {
  expect(routes.filter((route) => !(route in examples))).toEqual([]);
  for (const [route, lines] of Object.entries(examples))
    for (const line of lines) expect(line).toMatch(new RegExp(`(?:^|\\s)precept ${route}(?: |$)`));
});
