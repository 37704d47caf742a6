import { expect, it } from "vitest";
import { standInterval } from "../charts/index.ts";
import { drawChart } from "./charts.ts";

it("a mark stands where its numbers say, and no text becomes markup", () => {
  const axis = { domain: [0, 1], ticks: [], isBare: true } as const;
  const marks = standInterval(0.5, { estimate: 0.5, low: 0.25, high: 1 }, "var(--ink)");
  const page = String(
    drawChart(() => ({
      label: `"<script>`,
      panels: [{ title: "<script>", x: axis, y: axis, height: 100, marks }],
    })),
  );
  // 696 wide: 8 at either side; 6 and 24 for the title above, 100 for the field.
  expect(page).toContain('<path d="M348 105L348 30" stroke="var(--ink)" stroke-width="1.6"/>');
  expect(page).toContain('<circle cx="348" cy="80" r="4" fill="var(--ink)"/>');
  expect(page).toContain('viewBox="0 0 696 140"');
  expect(page).not.toContain("<script>");
});
