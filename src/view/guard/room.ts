import type { OpenedRun, ServedRoom } from "../room.ts";
import type { OpenRun } from "../run/open-run.ts";
import { GuardLog } from "./guard-log.ts";

const logs = new WeakMap<OpenRun, GuardLog>();

function logOf({ run }: OpenedRun): GuardLog {
  const log = logs.get(run) ?? new GuardLog(run);
  logs.set(run, log);
  return log;
}

/** What a guard did, by its log. It stays at home: a log may hold what people wrote. */
export const guardRoom = {
  name: "guard",
  async count({ run }) {
    const file = run.listFile("guard");
    await file?.index.wait();
    return file?.index.items;
  },
  answers: {
    guard(opened, { path, query: { facets, ...query }, range, search }) {
      const log = logOf(opened);
      if (path.length === 0) return log.list({ facets, ...query }, range);
      return path[0] === "summary" && path.length === 1
        ? log.summary()
        : log.event(path.join("/"), search.get("texts") === "1");
    },
  },
  lines: {
    guard: async (opened, { path, query }) => (path.length === 0 ? inTurn(logOf(opened).lines(query)) : undefined),
  },
} as const satisfies ServedRoom;

async function* inTurn(lines: Iterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  yield* lines;
}
