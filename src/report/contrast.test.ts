import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { styleSheet } from "./style.ts";

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** The variables of a style sheet, of light, then of dark. */
const readThemes = (sheet: string) =>
  [...sheet.matchAll(/:root \{([^}]*)\}/gu)].map(([, body = ""]) =>
    Object.fromEntries(
      [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6})/gu)].map(([, name = "", value = ""]) => [name, value]),
    ),
  );
const themes = readThemes(styleSheet);

it("has the colours of the viewer, whose charts it draws", () => {
  const theirs = readThemes(readFileSync(new URL("../../viewer/src/style/theme.css", import.meta.url), "utf8"));
  for (const [index, theme] of themes.entries()) {
    const shared = Object.keys(theme).filter((name) => theirs[index]?.[name] !== undefined);
    expect(shared.length).toBeGreaterThanOrEqual(9);
    for (const name of shared) expect([name, theme[name]]).toEqual([name, theirs[index]?.[name]]);
  }
});

it("measures contrast as WCAG does", () => {
  expect(contrast("#ffffff", "#000000")).toBeCloseTo(21, 10);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.478, 3);
});

it.each([0, 1])("is legible in every colour of text, in light and dark: %i", (index) => {
  const theme = themes[index] ?? {};
  for (const ground of ["paper", "wash"]) {
    for (const name of ["ink", "soft", "link", "initial", "sl-cai", "rl-cai"]) {
      expect(contrast(theme[name] ?? "", theme[ground] ?? ""), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  }
});
