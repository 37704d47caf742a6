/** One thing to label. */
export interface LabellingItem {
  readonly id: string;
  readonly request: string;
  /** One answer, or the two that are compared. */
  readonly responses: readonly string[];
}

/** Where a person is in labelling: what is labelled, in which order, and what stands on the screen. */
export interface Labelling {
  readonly items: readonly LabellingItem[];
  readonly labels: readonly string[];
  /** By item id. */
  readonly given: ReadonlyMap<string, string>;
  readonly place: number;
  /** Ids in the order in which they were labelled here, for undo. */
  readonly history: readonly string[];
  readonly isDone: boolean;
}

/** Begins at the first item without a label. */
export function beginLabelling(
  items: readonly LabellingItem[],
  labels: readonly string[],
  given: ReadonlyMap<string, string> = new Map(),
): Labelling {
  const first = items.findIndex(({ id }) => !given.has(id));
  return { items, labels, given, place: Math.max(0, first), history: [], isDone: first < 0 };
}

/** 1–9 labels (where labels are digits, each is its own key) and goes on; "s" or → skips; ← goes back; "u" takes the last label away; "q" ends. Any other key does nothing. */
export function pressKey(state: Labelling, key: string): Labelling {
  const { items, labels, given, place, history } = state;
  const item = items[place];
  if (key === "q") return { ...state, isDone: true };
  if (key === "left") return { ...state, place: Math.max(0, place - 1) };
  if (key === "s" || key === "right") return moveTo(state, place + 1);
  if (key === "u") {
    const last = history.at(-1);
    if (last === undefined) return state;
    const rest = new Map(given);
    rest.delete(last);
    const back = items.findIndex(({ id }) => id === last);
    return { ...state, given: rest, history: history.slice(0, -1), place: Math.max(0, back) };
  }
  const isOwnKey = labels.every((label) => /^\d$/u.test(label));
  const label = isOwnKey
    ? labels.find((own) => own === key)
    : /^[1-9]$/u.test(key)
      ? labels[Number(key) - 1]
      : undefined;
  if (label === undefined || item === undefined) return state;
  const more = new Map(given).set(item.id, label);
  return moveTo({ ...state, given: more, history: [...history, item.id] }, place + 1);
}

/** To the next place; past the last, back to the first that was skipped; done when all are labelled. */
function moveTo(state: Labelling, to: number): Labelling {
  const open = state.items.findIndex(({ id }) => !state.given.has(id));
  if (open < 0) return { ...state, isDone: true };
  return { ...state, place: to < state.items.length ? to : open };
}
