import { join, relative } from "node:path";
import { committedRoles } from "../project/index.ts";
import type { ReportData } from "../report/index.ts";
import type { Page } from "./layout.ts";
import { showCosts } from "./show-costs.ts";
import { showRates, showRoles } from "./show-rates.ts";
import { showRequests } from "./show-requests.ts";
import { showWarnings } from "./show-warnings.ts";

/** What a run that trained and measured has to show: requests before and after, rates, costs, and where its page is. */
export function showRun(folder: string, data: ReportData, page: Page): string {
  const section = (heading: string, body: string): string => `\n${page.paint("cyan", heading)}\n\n${body}\n`;
  const { summary, alarms } = data;
  const isCommitted =
    worldOf(data)?.["start"] !== "from-scratch" && worldOf(data)?.["start"] !== "from-scratch-as-committed";
  return [
    section("Three requests, before and after", showRequests(data, page)),
    ...(summary === undefined
      ? []
      : [
          ...(isCommitted
            ? []
            : [
                section(
                  "The helpful-only model in its roles, in percent",
                  showRoles(summary.roles, page, committedRoles()),
                ),
              ]),
          section(
            "Measured, in percent, with 95 % intervals and n",
            `${showGoverned(data)}${showRates(summary, page)}`,
          ),
          section("What it took", showCosts(summary, page)),
        ]),
    ...(alarms.length === 0 ? [] : [section("Worth a look", showWarnings(alarms, page))]),
    "\n",
    page.paint("bold", relative(process.cwd(), join(folder, "report.html"))),
  ].join("");
}

/** What the rates are about, where one principle governs. */
function showGoverned({ constitution }: ReportData): string {
  const [principle, ...more] = constitution?.principles ?? [];
  return principle === undefined || more.length > 0 ? "" : `Governed: by ${principle.id}, "${principle.text}"\n\n`;
}

function worldOf({ manifest }: ReportData): Readonly<Record<string, unknown>> | undefined {
  const { world } = manifest.config;
  return typeof world === "object" && world !== null && !Array.isArray(world) ? { ...world } : undefined;
}
