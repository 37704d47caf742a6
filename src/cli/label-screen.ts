import { emitKeypressEvents } from "node:readline";
import { Interruption } from "../errors.ts";
import { beginLabelling, type Labelling, type LabellingItem, pressKey } from "../evaluation/index.ts";
import type { CliContext } from "./context.ts";
import { fold, type Page, pageOf, wrap } from "./layout.ts";

export interface LabelScreenOptions {
  readonly items: readonly LabellingItem[];
  /** What is asked of the person; part of the metric. */
  readonly question: string;
  /** Labels in the order of their keys, with what each means. */
  readonly labels: Readonly<Record<string, string>>;
  readonly given: ReadonlyMap<string, string>;
  /** Called after every key that changed a label, so that nothing is lost. */
  readonly save: (given: ReadonlyMap<string, string>) => void;
}

/** What the person sees of an item: from which line on, or what the labels mean instead. */
export interface LabelView {
  readonly offset: number;
  readonly isHelp: boolean;
}

const top: LabelView = { offset: 0, isHelp: false };

/** The screen for a state of labelling, `rows` lines at most, and the farthest that one can scroll. */
export function labelScreen(
  { items, given, place }: Labelling,
  { question, labels }: Pick<LabelScreenOptions, "question" | "labels">,
  page: Page,
  rows: number,
  { offset, isHelp }: LabelView = top,
): { readonly text: string; readonly last: number } {
  const item = items[place];
  if (item === undefined) return { text: "", last: 0 };
  const dim = (lines: readonly string[]): string[] => lines.map((line) => page.paint("dim", line));
  const showItem = (text: string): string[] => (text.trim() === "" ? dim(["(empty)"]) : fold(text, page.width));
  const isPair = item.responses.length > 1;
  const body = isHelp
    ? Object.entries(labels).flatMap(([label, meaning]) => fold(`${label}: ${meaning}`, page.width))
    : [
        ...showItem(item.request).map((line) => page.paint("bold", line)),
        ...item.responses.flatMap((text, i) => [
          "",
          ...(isPair ? dim([`— ${Object.keys(labels)[i]} —`]) : []),
          ...showItem(text),
        ]),
      ];
  const mine = given.get(item.id);
  const keys = Object.keys(labels).map((label, i) => {
    const key = /^\d$/u.test(label) ? label : `${i + 1} ${label}`;
    return label === mine ? page.paint("green", `[${key}]`) : ` ${key} `;
  });
  const head = [
    ...dim(fold(`${place + 1} of ${items.length}, ${given.size} labelled, ${item.id}`, page.width)),
    ...dim(wrap(question, page.width)),
    "",
  ];
  const help = isHelp
    ? "? back to the answer"
    : "s skip · ← back · u undo · ↑↓ read on · ? what they mean · q end (labels are kept)";
  const foot = [keys.join(" "), ...dim(wrap(help, page.width))];
  const height = Math.max(1, rows - head.length - foot.length - 1);
  const last = Math.max(0, body.length - height);
  const from = Math.min(offset, last);
  const below = body.length - from - height;
  const more = below > 0 ? page.paint("cyan", `↓ ${below} more lines`) : "";
  return { text: [...head, ...body.slice(from, from + height), more, ...foot].join("\n"), last };
}

/** Shows one item after the other until all are labelled or the person ends. @throws PreceptError interrupted on Ctrl-C. */
export async function labelByKeyboard(
  context: CliContext,
  options: LabelScreenOptions,
): Promise<ReadonlyMap<string, string>> {
  const input = context.stdin as NodeJS.ReadStream;
  const output = context.process.stdout;
  let state = beginLabelling(options.items, Object.keys(options.labels), options.given);
  if (state.isDone) return state.given;
  let view = top;
  let last = 0;
  const rows = (): number => output.rows || 24;
  const draw = (): void => {
    const page = pageOf(output, context.env);
    const width = Math.min(page.width, output.columns || page.width);
    const screen = labelScreen(state, options, { ...page, width }, rows(), view);
    last = screen.last;
    output.write(`\u001b[2J\u001b[H${screen.text}`);
  };
  emitKeypressEvents(input);
  input.setRawMode(true);
  input.resume();
  output.on?.("resize", draw);
  // The other screen and no cursor, so that what stood in the terminal is there again afterwards.
  output.write("\u001b[?1049h\u001b[?25l");
  draw();
  try {
    await new Promise<void>((resolve, reject) => {
      const listen = (
        _: string | undefined,
        key: { readonly name?: string | undefined; readonly sequence?: string; readonly ctrl?: boolean },
      ): void => {
        const end = (settle: () => void): void => {
          input.off("keypress", listen);
          settle();
        };
        if (key.ctrl === true && key.name === "c") {
          end(() => reject(new Interruption("Labelling")));
          return;
        }
        const name = key.name ?? key.sequence ?? "";
        const before = state;
        state = pressKey(state, name);
        view = state.place === before.place ? scroll(view, name, last, rows()) : top;
        if (state.given !== before.given) options.save(state.given);
        if (state.isDone) end(resolve);
        else draw();
      };
      input.on("keypress", listen);
    });
  } finally {
    output.write("\u001b[?25h\u001b[?1049l");
    output.off?.("resize", draw);
    input.setRawMode(false);
    input.pause();
  }
  return state.given;
}

function scroll({ offset, isHelp }: LabelView, key: string, last: number, rows: number): LabelView {
  const page = Math.max(1, rows - 8);
  const steps: Readonly<Record<string, number>> = { up: -1, down: 1, pageup: -page, pagedown: page, space: page };
  if (key === "?") return { offset: 0, isHelp: !isHelp };
  return { offset: Math.min(last, Math.max(0, offset + (steps[key] ?? 0))), isHelp };
}
