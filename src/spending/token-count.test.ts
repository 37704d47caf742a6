import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { estimateTokens, slackOf } from "./token-count.ts";

const root = new URL("../../", import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const texts: Readonly<Record<string, string>> = {
  prose: read("docs/evaluation.md"),
  "a constitution": read("constitutions/project/constitution.yaml"),
  chat: read("constitutions/project/red-team.jsonl"),
  code: readdirSync(join(root, "src/spending"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => read(`src/spending/${file}`))
    .join("\n"),
  German:
    "Bitte schreiben Sie mir eine kurze Zusammenfassung des Vertrags, den ich gestern unterschrieben habe. Die Kündigungsfrist beträgt drei Monate, und die Versicherung übernimmt keine Haftung für Schäden, die beim Umzug entstehen.",
  French:
    "Pourriez-vous m'expliquer pourquoi le ciel est bleu pendant la journée et rouge au coucher du soleil ? J'aimerais une réponse simple, sans formules mathématiques, pour la lire demain à mes élèves.",
  Spanish:
    "¿Podría usted recomendarme algunos libros sobre la historia de mi ciudad? Me interesan sobre todo las obras que explican los cambios de los últimos cien años y la vida de la gente.",
  Russian:
    "Пожалуйста, объясните простыми словами, как работает прививка и почему некоторые люди боятся её делать. Завтра мне нужно рассказать об этом своим ученикам.",
  Chinese:
    "请用简单的语言解释为什么天空是蓝色的，并给出一个适合小学生的例子。我明天要给学生讲这个问题，所以需要一个简短的答案。",
  Japanese:
    "空がなぜ青いのか、小学生にもわかるように簡単な言葉で説明してください。明日、授業で使いたいと思っていますので、短い答えが必要です。",
  Korean:
    "하늘이 왜 파란지 초등학생도 이해할 수 있도록 쉬운 말로 설명해 주세요. 내일 수업에서 사용하려고 하니 짧은 답이 필요합니다.",
  Arabic:
    "من فضلك اشرح لي بكلمات بسيطة لماذا تبدو السماء زرقاء أثناء النهار وحمراء عند غروب الشمس. أحتاج إلى إجابة قصيرة أقرؤها غدا على تلاميذي.",
  Hindi: "कृपया मुझे सरल शब्दों में समझाइए कि आसमान नीला क्यों दिखाई देता है। मुझे कल अपने छात्रों को यह पढ़ाना है, इसलिए उत्तर छोटा हो।",
};

describe("estimateTokens", () => {
  it.each(Object.entries(texts))("is as near to OpenAI's tokenizer as it says: %s", (_, text) => {
    const error = estimateTokens(text) / encode(text).length - 1;
    expect(Math.abs(error)).toBeLessThan(slackOf.openai);
  });

  it("counts turns, and little of much at once", () => {
    expect(estimateTokens("")).toBe(0);
    expect(estimateTokens([{ role: "user", content: "Is this fine?" }])).toBe(4 + 4 + 4);
    const started = performance.now();
    expect(estimateTokens("a".repeat(1_000_000))).toBe(125_000);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
