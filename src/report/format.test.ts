import { expect, it } from "vitest";
import { wilson } from "../statistics/index.ts";
import { bytes, count, duration, formatSigned, number, percent, percentRange, spaceWords } from "./format.ts";
import { metricName, splitName } from "./names.ts";

it("writes shares and intervals", () => {
  expect(percent(0.0823)).toBe("8.2\u202f%");
  expect(percentRange(wilson(17, 20))).toBe("64.0–94.8");
});

it("writes numbers with three digits and a true minus", () => {
  expect([0, 0.1234, 1.239, 12.34, 1234.5, -0.5].map(number)).toEqual(["0", "0.123", "1.24", "12.3", "1235", "−0.500"]);
  expect(number(Number.NaN)).toBe("–");
  expect([0.41, -0.41, 0].map(formatSigned)).toEqual(["+0.410", "−0.410", "0"]);
  expect(count(1234567.4)).toBe("1,234,567");
});

it("writes times and sizes", () => {
  expect([0.25, 59.6, 60, 95, 3600, 7265].map((seconds) => duration(seconds).replaceAll("\u00a0", " "))).toEqual([
    "0.3 s",
    "1 min 0 s",
    "1 min 0 s",
    "1 min 35 s",
    "1 h 0 min",
    "2 h 1 min",
  ]);
  expect(bytes(2 ** 30 * 1.5).replace("\u00a0", " ")).toBe("1.50 GiB");
  expect(bytes(2 ** 20 * 700).replace("\u00a0", " ")).toBe("700 MiB");
});

it("names what it knows and spells out what it does not, inherited names included", () => {
  expect(spaceWords("unseenTemplates")).toBe("unseen templates");
  expect(metricName("violation").label).toBe("Violations");
  expect(metricName("someNewRate")).toEqual({ label: "Some new rate", definition: "", better: "neither" });
  expect(metricName("constructor").label).toBe("Constructor");
  expect(splitName("toString").label).toBe("To string");
});
