/** Words that turn a sentence round, in the languages of the site; compared without accents. */
const NEGATIONS = new Set(
  `not no never none nobody nothing neither nor without cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt shouldnt
  mustnt neednt shant aint hardly stop ban prohibit forbid refuse avoid against unless
  nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder gegen verbieten
  no nunca jamas nadie nada ningun ninguna ninguno sin tampoco contra prohibir
  ne pas jamais personne rien aucun aucune sans ni contre interdire
  لا ليس لم لن ما بدون غير ضد ابدا`
    .split(/\s+/)
    .filter((word) => word !== ""),
);

/** Pairs of which one for the other makes another statement. */
const OPPOSITES = new Map(
  `more:less higher:lower increase:decrease increase:reduce raise:lower raise:cut always:never all:some allow:ban allow:forbid allow:prohibit
  support:oppose with:without before:after public:private must:may should:could most:least better:worse all:none everyone:nobody rich:poor
  mehr:weniger hoher:niedriger erhohen:senken immer:nie erlauben:verbieten offentlich:privat
  mas:menos aumentar:reducir siempre:nunca permitir:prohibir publico:privado
  plus:moins augmenter:reduire toujours:jamais autoriser:interdire public:prive`
    .split(/\s+/)
    .flatMap((pair) => {
      const [a, b] = pair.split(":") as [string, string];
      return [
        [`${a} ${b}`, true],
        [`${b} ${a}`, true],
      ] as const;
    }),
);

/** A text's letters and digits alone: compatible forms joined (NFKC), accents and case gone, one blank between words. */
export function plainText(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/['’`]/g, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/**
 * Whether the words in which two texts differ make them different statements, however alike they look: a negation more in one,
 * another number, or a word for its opposite. Errs to the side of "different": a duplicate that is missed costs little.
 */
export function differsInMeaning(one: string, other: string): boolean {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  if (countNegations(a) % 2 !== countNegations(b) % 2) return true;
  const [onlyA, onlyB] = [subtract(a, b), subtract(b, a)];
  if ([...onlyA, ...onlyB].some((word) => /\p{N}/u.test(word) || NEGATIONS.has(word))) return true;
  return onlyA.some((word) => onlyB.some((it) => OPPOSITES.has(`${word} ${it}`) || isPrefixed(word, it)));
}

export function wordsOf(text: string): string[] {
  const plain = plainText(text);
  if (plain === "") return [];
  // Scripts without blanks between words: every character is a word.
  return plain
    .split(" ")
    .flatMap((word) => (/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]/u.test(word) ? [...word] : [word]));
}

function countNegations(words: readonly string[]): number {
  return words.filter((word) => NEGATIONS.has(word)).length;
}

function subtract(words: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return words.filter((word) => {
    const place = left.indexOf(word);
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

/** "fair" and "unfair", "legal" and "illegal". */
function isPrefixed(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return (
    short.length > 2 && ["un", "in", "im", "il", "ir", "dis", "non", "de", "anti"].some((it) => long === it + short)
  );
}
