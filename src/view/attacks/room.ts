import type { ServedRoom } from "../room.ts";
import { isAttacked, recordFiles } from "./attempts.ts";
import { listFindings } from "./findings.ts";
import { readAttacksPage } from "./page.ts";

/** What `precept redteam` tried and found. It stays at home: a page that is sent holds no attacks. */
export const attacksRoom: ServedRoom = {
  name: "attacks",
  count({ run }) {
    if (!isAttacked(run)) return undefined;
    return recordFiles(run, "findings").reduce((sum, { index }) => sum + index.rows, 0);
  },
  answers: {
    attacks({ run }, { path: [list, ...more], query, range, search }) {
      if (!isAttacked(run) || more.length > 0) return undefined;
      if (list === undefined) return readAttacksPage(run);
      return list === "findings" ? listFindings(run, query, range, search.get("texts") === "1") : undefined;
    },
  },
};
