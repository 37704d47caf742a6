import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConversation, verifyConversation } from "../src/collective/site/index.ts";
import { loadConstitution } from "../src/constitution/index.ts";
import { TownBrowser, type TownTab } from "./support/town-browser.ts";
import { isBrowserInstalled, looks } from "./support/viewer-browser.ts";

const patience = { timeout: 60_000 };
const seeds = [
  ...["It should answer in plain words.", "It should say when it does not know something.", "It should be polite."],
  ...["It should give legal advice.", "It should answer whatever is asked.", "It should remember what I asked before."],
  ...[
    "It should answer in my language.",
    "It should name the office that is responsible.",
    "It should put the town first.",
  ],
];
const town = {
  title: "Our town hall",
  question: "What should the assistant of our town hall do?",
  languages: ["en", "ar"],
  seeds,
  limits: { votesPerMinute: 100_000, joinsPerMinute: 100_000, statementsPerHour: 100 },
};

describe.skipIf(!isBrowserInstalled)("a conversation's site", () => {
  let own: TownBrowser;
  let others: string[];
  beforeAll(async () => {
    own = await TownBrowser.open(town);
    others = await Promise.all(Array.from({ length: 44 }, () => own.join()));
    for (const [j, statement] of own.statements.entries())
      await Promise.all(
        others.map((voter, i) => own.vote(voter, statement, j < 3 || j < 6 === (i % 2 === 0) ? "agree" : "disagree")),
      );
  });
  afterAll(() => own?.close());

  const answered = (tab: TownTab): Promise<string | null> => tab.page.locator(".progress [role=status]").textContent();
  const textOf = ({ page }: TownTab): Promise<string> => page.locator(".card .statement").textContent().then(String);

  /** By key, until nothing is left: `choose` says which. */
  async function voteOnAll(tab: TownTab, give: (statement: string) => Promise<void>): Promise<void> {
    for (let n = 0; n < seeds.length; n++) {
      await expect.poll(() => answered(tab), patience).toContain(`${n} answered`);
      await give(await textOf(tab));
    }
    await tab.page.getByText("You have answered every statement.").waitFor();
  }
  const isOfOthers = (statement: string): boolean => seeds.indexOf(statement) >= 6;
  const placeOf = ({ page }: TownTab): Promise<string | null> => page.locator(".you").getAttribute("data-x");
  const goTo = async ({ page }: TownTab, name: string): Promise<void> => {
    await page.locator(`nav a[href="#${name}"]`).click();
  };

  test("is one where two people vote, one by keys and one by touch; the map shows both, and moves as one changes their mind", async () => {
    // What everybody sees does not move on by the two who come after the others.
    const counted = (): unknown => JSON.parse(own.running.site.result?.published ?? "{}").votes;
    await expect.poll(counted, patience).toBe(others.length * seeds.length);
    const desk = await own.openTab(own.running.url);
    const phone = await own.openTab(own.running.url, { width: 390, hasTouch: true });
    await voteOnAll(desk, (statement) => desk.page.keyboard.press(isOfOthers(statement) ? "3" : "1"));
    await voteOnAll(phone, (statement) =>
      phone.page
        .locator(isOfOthers(statement) || seeds.indexOf(statement) < 3 ? ".vote.agree" : ".vote.disagree")
        .tap(),
    );
    for (const tab of [desk, phone]) await goTo(tab, "results");
    await expect.poll(() => placeOf(desk), patience).not.toBeNull();
    await expect.poll(() => placeOf(phone), patience).not.toBeNull();
    expect(await placeOf(desk)).not.toBe(await placeOf(phone));
    expect(await desk.page.locator(".group").count()).toBe(2);
    await expect
      .poll(() => desk.page.locator("section", { hasText: "What all groups share" }).last().textContent(), patience)
      .toContain("It should be polite.");
    // The last answer is changed: one's own ring moves without a reload.
    const before = await placeOf(desk);
    await goTo(desk, "vote");
    await goTo(phone, "vote");
    await desk.page.reload();
    await desk.page.getByText("You have answered every statement.").waitFor();
    const token = String(await desk.page.evaluate("localStorage.getItem('precept-voter')"));
    await goTo(desk, "results");
    for (const statement of own.statements.slice(3)) await own.vote(token, statement, "pass");
    await expect.poll(() => placeOf(desk), patience).not.toBe(before);
    for (const tab of [desk, phone]) {
      expect(tab.noise).toEqual([]);
      await tab.context.close();
    }
  });

  test("is one where a statement is added, moderated for a reason, and its author reads what became of it", async () => {
    const phone = await own.openTab(own.running.url, { width: 390, hasTouch: true });
    const organiser = await own.openTab(own.running.organiserUrl);
    const add = async (text: string): Promise<void> => {
      await phone.page.getByLabel("Your statement").fill(text);
      await phone.page.getByRole("button", { name: "Add statement" }).click();
      await phone.page.getByText("Thank you.").waitFor();
    };
    await add("It should <img src=x onerror=alert(1)> name its sources.");
    await add("My neighbour\u202e is loud.");
    // What others said already is offered while one writes, and one's vote on it counts; its negation is never offered.
    const field = phone.page.getByLabel("Your statement");
    await field.fill("It should not name the office that is responsible.");
    await field.fill("It should name the office that is responsible!");
    const offered = phone.page.locator(".similar li");
    await offered.first().waitFor();
    expect(await offered.allTextContents()).toEqual([
      expect.stringContaining("It should name the office that is responsible."),
    ]);
    await own.expectSound(phone, "similar");
    await offered.locator(".vote.agree").tap();
    await phone.page.getByText("Your vote is counted.").waitFor();
    expect(await offered.locator('.vote.agree[aria-pressed="true"]').count()).toBe(1);
    await field.fill("It should not name the office that is responsible.");
    await offered.first().waitFor({ state: "detached" });
    await field.fill("");
    const entry = (text: string) => organiser.page.locator("li.entry", { hasText: text }).first();
    await entry("name its sources").getByRole("button", { name: "Accept" }).click();
    await entry("My neighbour")
      .getByLabel("Reason")
      .selectOption({ label: "Names a private person or tells something private" });
    await entry("My neighbour").getByRole("button", { name: "Turn down" }).click();
    await organiser.page.getByText("Nothing waits.").waitFor();
    await goTo(phone, "mine");
    const mine = (): Promise<string> => phone.page.locator("main").textContent().then(String);
    await expect.poll(mine, patience).toContain("Accepted: 0 people");
    expect(await mine()).toContain("It should <img src=x onerror=alert(1)> name its sources.");
    expect(await mine()).toContain("Turned down: Names a private person");
    // A mark that turns the text around is shown as what it is.
    expect(await mine()).toContain("U+202E");
    for (const tab of [phone, organiser]) {
      expect(tab.noise).toEqual([]);
      await tab.context.close();
    }
  });

  test.each(
    looks.flatMap((look) => [
      { ...look, locale: "en" },
      { ...look, locale: "ar" },
    ]),
  )("breaks no rule of axe: $colorScheme, $width px, $locale", async (look) => {
    const tab = await own.openTab(own.running.url, look);
    await tab.page.locator(".votes").waitFor();
    await own.expectSound(tab, "vote");
    await goTo(tab, "results");
    await tab.page.locator(".map").waitFor();
    await tab.page.locator(".proof summary").click();
    await own.expectSound(tab, "results");
    await goTo(tab, "mine");
    await tab.page.locator("main h2").first().waitFor();
    await own.expectSound(tab, "mine");
    expect(await tab.page.evaluate("document.documentElement.dir")).toBe(look.locale === "ar" ? "rtl" : "ltr");
    await tab.context.close();
    const desk = await own.openTab(own.running.organiserUrl, look);
    await desk.page.locator(".tiles").waitFor();
    await own.expectSound(desk, "organiser");
    await desk.context.close();
  });

  test("is closed, and what was drafted is ratified by a second vote", async () => {
    const [phone, organiser] = [
      await own.openTab(own.running.url, { width: 390, hasTouch: true }),
      await own.openTab(own.running.organiserUrl),
    ];
    const { page } = organiser;
    const move = async (name: string): Promise<void> => {
      await page.getByRole("button", { name }).click();
      await page.locator(".button.danger", { hasText: name }).click();
    };
    await move("Close the vote");
    await phone.page.getByText("Voting on statements is closed.").waitFor();
    await page
      .getByLabel("Principles for the second vote")
      .fill("Choose the polite response.\nChoose the longer response.");
    await page.getByRole("button", { name: "Put up for the vote" }).click();
    await expect.poll(() => own.running.site.state.drafts.length, patience).toBe(2);
    await move("Begin the second vote");
    await phone.page.locator(".principle").first().waitFor();
    await own.expectSound(phone, "ballot");
    await phone.page.locator(".principle").nth(0).locator(".vote.agree").tap();
    await phone.page.locator(".principle").nth(1).locator(".vote.disagree").tap();
    await expect.poll(() => phone.page.locator('.vote[aria-pressed="true"]').count(), patience).toBe(2);
    for (const [i, voter] of others.entries()) {
      await own.ratify(voter, "p1", "agree");
      await own.ratify(voter, "p2", i % 4 === 0 ? "agree" : "disagree");
    }
    await move("End the second vote");
    await expect
      .poll(() => phone.page.locator(".outcome").allTextContents(), patience)
      .toEqual(["Ratified 100% agree (92%–100%), 45 answers", "Not ratified 24% agree (14%–39%), 45 answers"]);
    await own.expectSound(phone, "outcome");
    // What was ratified is downloaded, and is a constitution.
    const [download] = await Promise.all([
      phone.page.waitForEvent("download"),
      phone.page.getByRole("link", { name: "Download the constitution (YAML)" }).tap(),
    ]);
    const path = join(own.folder, "downloaded.yaml");
    await download.saveAs(path);
    const { principles, name } = await loadConstitution(path);
    expect([download.suggestedFilename(), name]).toEqual(["constitution.yaml", town.title]);
    expect(principles.map(({ id, text }) => [id, text])).toEqual([["p1", "Choose the polite response."]]);
    await page.getByRole("link", { name: "Download the constitution (YAML)" }).waitFor();
    for (const tab of [phone, organiser]) await tab.context.close();
    const { phase, drafts, secondVotes } = await readConversation({ folder: own.folder });
    expect([phase, drafts.length, secondVotes.length]).toEqual(["ratified", 2, 90]);
    const { faults, same, published } = await verifyConversation({ folder: own.folder });
    expect([faults, same]).toEqual([[], published]);
  });
});
