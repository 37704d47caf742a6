import { stripVTControlCharacters, styleText } from "node:util";
import { Phase, type Progress } from "./progress.ts";

/** Where progress is written, and by which clock. */
export interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/** What a stream must offer; process.stderr does. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** One living line on a terminal; plain lines in CI, on dumb terminals and in files. */
export function terminalProgress(options: ProgressOptions): Progress {
  const env = options.env ?? process.env;
  const living = options.stream.isTTY === true && env["CI"] === undefined && env["TERM"] !== "dumb";
  const now = options.now ?? (() => performance.now());
  return living ? livingLine(options.stream, now, env["NO_COLOR"] === undefined) : plainLines(options.stream, now);
}

/** Seconds of work after which a log says again how far it is. */
const quietMs = 30_000;

/** A line at the start, at each quarter, at least every half minute as long as something is done, and at the end of a phase. */
function plainLines(stream: ProgressStream, now: () => number): Progress {
  let phase: Phase | undefined;
  let quarter = 0;
  let saidAt = 0;
  const say = (text: string): void => {
    saidAt = now();
    stream.write(`${text}\n`);
  };
  const finish = (): void => {
    if (phase !== undefined) say(summaryOf(phase, now()));
    phase = undefined;
  };
  return {
    start(stage, label, total, unit) {
      finish();
      phase = new Phase(stage, label, total, unit, now());
      quarter = 0;
      say(`${stage.padEnd(16)} ${label}: ${count(total)} ${unit}`);
    },
    advance(items, cost) {
      if (phase === undefined) return;
      phase.add(items, cost ?? {}, now());
      const reached = Math.floor((4 * phase.done) / phase.total);
      if (reached >= 4 || (reached <= quarter && now() - saidAt < quietMs)) return;
      quarter = reached;
      say(
        `${phase.stage.padEnd(16)} ${phase.label}: ${count(phase.done)}/${count(phase.total)} ${phase.unit}${speedOf(phase, now())}`,
      );
    },
    message: say,
    finish,
  };
}

const redrawMs = 100;
const barWidths = { least: 6, most: 24 };

function livingLine(stream: ProgressStream, now: () => number, colour: boolean): Progress {
  let phase: Phase | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let clock: NodeJS.Timeout | undefined;
  const paint = (style: "cyan" | "dim" | "green", text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const draw = (): void => {
    if (phase === undefined) return;
    drawnAt = now();
    const [head, speed] = [`  ${phase.stage.padEnd(16)} `, speedOf(phase, drawnAt)];
    const counted = `  ${phase.label}  ${count(phase.done)}/${count(phase.total)} ${phase.unit}`;
    // A terminal that was never given a size says 0.
    const width = (stream.columns || 80) - 1;
    const room = width - head.length - counted.length - speed.length;
    const barWidth = Math.max(barWidths.least, Math.min(barWidths.most, room));
    const filled = phase.total === 0 ? barWidth : Math.floor((barWidth * phase.done) / phase.total);
    const bar = paint("cyan", "━".repeat(filled)) + paint("dim", "─".repeat(barWidth - filled));
    stream.write(`\r\u001b[2K${clip(`${head}${bar}${counted}${paint("dim", speed)}`, width)}`);
  };
  const finish = (): void => {
    if (phase === undefined) return;
    clearInterval(clock);
    const mark = phase.done < phase.total ? paint("dim", "–") : paint("green", "✓");
    stream.write(`\r\u001b[2K${mark} ${summaryOf(phase, now())}\n`);
    phase = undefined;
  };
  return {
    start(stage, label, total, unit) {
      finish();
      phase = new Phase(stage, label, total, unit, now());
      draw();
      clock = setInterval(draw, 1000).unref();
    },
    advance(items, cost) {
      phase?.add(items, cost ?? {}, now());
      if (now() - drawnAt >= redrawMs) draw();
    },
    message(text) {
      stream.write(`\r\u001b[2K${text}\n`);
      draw();
    },
    finish,
  };
}

function speedOf(phase: Phase, now: number): string {
  const speed = ratesOf(phase, now).map((rate) => `  ${rate}`);
  const left = phase.secondsLeft(now);
  return `${speed.join("")}${left === undefined ? "" : `  ${duration(left)} left`}`;
}

/** Calls and dollars where several processes work, else tokens. */
function ratesOf(phase: Phase, now: number): string[] {
  const [calls, tokens] = [phase.callsPerSecond(now), phase.tokensPerSecond(now)];
  const dollars = phase.dollars === 0 ? [] : [`$${phase.dollars.toFixed(2)}`];
  if (calls !== undefined) return [`${calls < 10 ? calls.toFixed(1) : count(calls)} calls/s`, ...dollars];
  return tokens === undefined ? [] : [`${count(tokens)} tokens/s`];
}

function summaryOf(phase: Phase, now: number): string {
  const of = phase.done < phase.total ? ` of ${count(phase.total)}` : "";
  const counted = `${count(phase.done)}${of} ${phase.unit} in ${duration(phase.secondsSoFar(now))}`;
  return [`${phase.stage.padEnd(16)} ${phase.label}: ${counted}`, ...ratesOf(phase, now)].join(", ");
}

/** 41 s, 3:07 min, 1:02:09 h. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (n: number): string => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)} h`;
}

/** 1234567 → 1,234,567. */
export function count(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}

/** Cuts a coloured line to a width; a cut line loses its colours. */
function clip(line: string, width: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= width ? line : `${plain.slice(0, Math.max(0, width - 1))}…`;
}
