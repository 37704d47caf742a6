import { verifyConversation } from "../../src/collective/site/index.ts";
import { openEvent, openStore, readLog } from "../../src/collective/store/index.ts";
import { ServedTown } from "./served.ts";

export interface KillFigures {
  readonly kills: number;
  readonly acknowledged: number;
  /** Acknowledged, and not in the log. */
  readonly lost: number;
  /** In the log more than once. */
  readonly doubled: number;
  /** Neither: the answer never came, and the vote was sent again under its key. */
  readonly unanswered: number;
  readonly faults: readonly string[];
}

interface Sent {
  readonly token: string;
  readonly statement: string;
  readonly key: string;
  isAcknowledged: boolean;
}

const voters = 40;

/** Votes without pause, kill -9 in the middle, starts again, and sends what got no answer once more; `kills` times. */
export async function killInTheMiddle(place: string, kills: number, statements: number): Promise<KillFigures> {
  const sent: Sent[] = [];
  let unanswered = 0;
  let town = await ServedTown.open(place);
  const tokens: string[] = [];
  for (let i = 0; i < voters; i++) tokens.push(await town.join());
  for (let round = 0; round < kills; round++) {
    let isAlive = true;
    const current = town;
    const people = tokens.map(async (token, i) => {
      for (let n = 0; isAlive; n++) {
        const statement = `s${1 + ((round * 997 + n * voters + i) % (statements - 1))}`;
        const vote: Sent = { token, statement, key: `k${round}-${i}-${n}-xxxx`, isAcknowledged: false };
        sent.push(vote);
        await post(current, vote).catch(() => undefined);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 400 + 37 * (round % 7)));
    isAlive = false;
    await town.kill();
    await Promise.all(people);
    town = await ServedTown.open(place);
    const again = sent.filter(({ isAcknowledged }) => !isAcknowledged);
    unanswered += again.length;
    const restarted = town;
    await Promise.all(again.map((vote) => post(restarted, vote)));
  }
  await town.stop();
  const { lost, doubled } = await compare(town.folder, sent);
  const { faults } = await verifyConversation({ folder: town.folder });
  return {
    kills,
    acknowledged: sent.filter(({ isAcknowledged }) => isAcknowledged).length,
    lost,
    doubled,
    unanswered,
    faults,
  };
}

async function post(town: ServedTown, vote: Sent): Promise<void> {
  const { token, statement, key } = vote;
  const { status } = await town.ask("votes", token, { statement, vote: "agree", key });
  if (status === 200) vote.isAcknowledged = true;
}

/** As many votes on every statement as were acknowledged. */
async function compare(
  folder: string,
  sent: readonly Sent[],
): Promise<{ readonly lost: number; readonly doubled: number }> {
  const logged = await countVotes(folder);
  const acknowledged = new Map<string, number>();
  for (const { statement, isAcknowledged } of sent)
    if (isAcknowledged) acknowledged.set(statement, (acknowledged.get(statement) ?? 0) + 1);
  let [lost, doubled] = [0, 0];
  for (const statement of new Set([...logged.keys(), ...acknowledged.keys()])) {
    const difference = (logged.get(statement) ?? 0) - (acknowledged.get(statement) ?? 0);
    if (difference < 0) lost -= difference;
    else doubled += difference;
  }
  return { lost, doubled };
}

/** Votes in a conversation's log, by statement. */
export async function countVotes(folder: string): Promise<Map<string, number>> {
  const store = await openStore({ folder, isReadOnly: true });
  const logged = new Map<string, number>();
  for await (const line of readLog(store)) {
    const event = openEvent(line);
    if (event?.kind === "vote") logged.set(event.statement, (logged.get(event.statement) ?? 0) + 1);
  }
  await store.close();
  return logged;
}
