/** Look-alikes of Latin letters that NFKD leaves alone (Unicode Technical Standard 39, the common ones). */
const confusables = new Map(
  [
    ["аɑα", "a"],
    ["ЬƄ", "b"],
    ["сϲ", "c"],
    ["ԁ", "d"],
    ["еҽ", "e"],
    ["ɡ", "g"],
    ["һ", "h"],
    ["іıι", "i"],
    ["ј", "j"],
    ["ӏ", "l"],
    ["ո", "n"],
    ["оοօ", "o"],
    ["рρ", "p"],
    ["ԛ", "q"],
    ["ѕ", "s"],
    ["υս", "u"],
    ["ѵν", "v"],
    ["ԝ", "w"],
    ["х", "x"],
    ["уγ", "y"],
    ["АΑ", "A"],
    ["ВΒ", "B"],
    ["СϹ", "C"],
    ["ЕΕ", "E"],
    ["НΗ", "H"],
    ["ІΙӀ", "I"],
    ["Ј", "J"],
    ["КΚ", "K"],
    ["МΜ", "M"],
    ["Ν", "N"],
    ["ОΟ", "O"],
    ["РΡ", "P"],
    ["Ѕ", "S"],
    ["ТΤ", "T"],
    ["ХΧ", "X"],
    ["ΥҮ", "Y"],
    ["Ζ", "Z"],
    ["‘’‚‛′", "'"],
    ["“”„‟″", '"'],
    ["‐‑‒–—―−", "-"],
  ].flatMap(([from = "", to = ""]) => [...from].map((character) => [character, to] as const)),
);

const folded = new Map<string, string>();

/**
 * One character as it reads: compatibility forms, accents and invisible characters taken away, look-alikes put in Latin
 * letters. Each is folded alone, so that a cut between two changes nothing.
 */
export function foldCharacter(character: string): string {
  const known = folded.get(character);
  if (known !== undefined) return known;
  const plain = character.normalize("NFKD").replace(/[\p{M}\p{Default_Ignorable_Code_Point}]|(?![\t\n\r])\p{Cc}/gu, "");
  const result = [...plain].map((part) => confusables.get(part) ?? part).join("");
  // A text may hold any of a million characters; a few thousand are enough to remember.
  if (folded.size < 4096) folded.set(character, result);
  return result;
}

/** A text as it reads, with the place in the raw text of every unit of it. */
export interface FoldedText {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Folds a text whose first unit stands at `offset` of the whole. */
export function foldText(raw: string, offset = 0): FoldedText {
  let text = "";
  let at = offset;
  const starts: number[] = [];
  const ends: number[] = [];
  for (const character of raw) {
    const plain = foldCharacter(character);
    const end = at + character.length;
    for (let i = 0; i < plain.length; i++) {
      starts.push(at);
      ends.push(end);
    }
    text += plain;
    at = end;
  }
  return { text, starts, ends };
}

/** Whether folding leaves a text as it is. */
export const isPlain = (text: string): boolean => /^[\t\n\r\x20-\x7e]*$/.test(text);
