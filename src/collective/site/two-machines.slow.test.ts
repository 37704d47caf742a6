import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startPostgres } from "../store/postgres.test-support.ts";
import { openSite, verifyConversation } from "./index.ts";
import { town } from "./site.test-support.ts";
import { VoterDesk } from "./voter-desk.ts";

test("two machines on one PostgreSQL are one conversation: the same voters, each vote counted once, one chain", async ({
  skip,
}) => {
  const postgres = await startPostgres();
  if (postgres === undefined) return skip("no PostgreSQL");
  const root = mkdtempSync(join(tmpdir(), "precept-two-"));
  const place = { folder: join(root, "town"), url: postgres.url };
  const onFailure = (error: unknown): void => expect.fail(String(error));
  const sites = [
    await openSite({ ...place, configuration: town(), onFailure }),
    await openSite({ ...place, configuration: town(), onFailure }),
  ];
  const desks = sites.map((site) => new VoterDesk(site));
  const voters = Array.from({ length: 8 }, () => String(desks[0]?.join(undefined)));
  const statements = [...(sites[1]?.state.statements.keys() ?? [])];
  expect(statements).toHaveLength(3);
  // Everybody's phone sends each vote to both machines.
  await Promise.all(
    voters.flatMap((token, i) =>
      statements.flatMap((statement, j) =>
        desks.map((desk, k) => {
          const participant = sites[k]?.tokens.pseudonymOf(token) ?? "";
          return desk.vote(participant, { statement, vote: "agree", key: `vote-${i}-${j}-x` });
        }),
      ),
    ),
  );
  for (const site of sites) await site.catchUp();
  for (const { state } of sites) expect([state.voteCount, state.votes.size]).toEqual([24, 8]);
  await expect.poll(() => JSON.parse(sites[0]?.result?.published ?? "{}").people, { timeout: 50_000 }).toBe(8);
  for (const site of sites) await site.close();
  const report = await verifyConversation(place);
  expect(report).toMatchObject({ faults: [], same: report.published });
  postgres.stop();
  rmSync(root, { recursive: true });
});
