const days = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const months = "January February March April May June July August September October November December".split(" ");
const DAY = 86_400_000;

/** Days since 1970 of a date without its time: summer time does not matter. */
const dayNumber = (year: number, month: number, day: number): number => Date.UTC(year, month, day) / DAY;

/** ISO 8601's year and week: a week belongs to the year of its Thursday. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const weekday = date.getDay() || 7;
  const thursday = dayNumber(date.getFullYear(), date.getMonth(), date.getDate() + 4 - weekday);
  const year = new Date(thursday * DAY).getUTCFullYear();
  return { year, week: 1 + Math.floor((thursday - dayNumber(year, 0, 1)) / 7) };
}

/** Fields that are written in terms of others, in the C locale. */
const compound: Readonly<Record<string, string>> = {
  c: "%a %b %e %H:%M:%S %Y",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  h: "%b",
  r: "%I:%M:%S %p",
  R: "%H:%M",
  T: "%H:%M:%S",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
};

/** A field's value and the width that it is filled to, with zeros unless it says otherwise. */
type Field = readonly [value: string | number, width?: number, fill?: string];

function fieldOf(letter: string, now: Date): Field | undefined {
  const [year, month, day, weekday, hour] = [
    now.getFullYear(),
    now.getMonth(),
    now.getDate(),
    now.getDay(),
    now.getHours(),
  ];
  const dayOfYear = dayNumber(year, month, day) - dayNumber(year, 0, 1);
  const fields: Readonly<Record<string, Field>> = {
    a: [(days[weekday] ?? "").slice(0, 3)],
    A: [days[weekday] ?? ""],
    b: [(months[month] ?? "").slice(0, 3)],
    B: [months[month] ?? ""],
    C: [Math.floor(year / 100), 2],
    d: [day, 2],
    e: [day, 2, " "],
    f: [now.getMilliseconds() * 1000, 6],
    g: [isoWeek(now).year % 100, 2],
    G: [isoWeek(now).year],
    H: [hour, 2],
    I: [hour % 12 || 12, 2],
    j: [dayOfYear + 1, 3],
    k: [hour, 2, " "],
    l: [hour % 12 || 12, 2, " "],
    m: [month + 1, 2],
    M: [now.getMinutes(), 2],
    n: ["\n"],
    p: [hour < 12 ? "AM" : "PM"],
    P: [hour < 12 ? "am" : "pm"],
    s: [Math.floor(now.getTime() / 1000)],
    S: [now.getSeconds(), 2],
    t: ["\t"],
    u: [weekday || 7],
    U: [Math.floor((dayOfYear + 7 - weekday) / 7), 2],
    V: [isoWeek(now).week, 2],
    w: [weekday],
    W: [Math.floor((dayOfYear + 7 - ((weekday + 6) % 7)) / 7), 2],
    y: [year % 100, 2],
    Y: [year],
    // transformers formats a time without a zone, of which Python says nothing.
    z: [""],
    Z: [""],
    "%": ["%"],
  };
  return Object.hasOwn(fields, letter) ? fields[letter] : undefined;
}

/**
 * Python's `strftime` of a local time in the C locale, as chat templates call it, with glibc's flags (`%-d`, `%_d`,
 * `%^b`) and widths (`%03d`). A field that nobody knows stays as it is written.
 */
export function strftime(now: Date, format: string): string {
  const whole = format.replace(/%%|%([cDFhrRTxX])/g, (field, letter?: string) =>
    letter === undefined ? field : (compound[letter] ?? field),
  );
  return whole.replace(/%([-_0^#]?)(\d*)([a-zA-Z%])/g, (written, flag: string, least: string, letter: string) => {
    const [value, width = 0, own = "0"] = fieldOf(letter, now) ?? [undefined];
    if (value === undefined) return written;
    const fill = flag === "_" ? " " : flag === "0" ? "0" : own;
    const text = flag === "-" ? String(value) : String(value).padStart(least === "" ? width : Number(least), fill);
    return flag === "^" || (flag === "#" && letter !== "p" && letter !== "Z")
      ? text.toUpperCase()
      : flag === "#"
        ? text.toLowerCase()
        : text;
  });
}
