import { z } from "zod";
import { complianceJudge, oneTurn, readReply } from "../benchmark/judged.ts";
import type { Values } from "../benchmark/measures.ts";
import { readRows } from "../benchmark/rows.ts";
import type { Benchmark, Found, Refusal, Task, VerdictFields } from "../benchmark/types.ts";
import { type Compliance, compliances } from "../judges/index.ts";
import { complianceByStrings, complianceByXstest } from "../judges/refusal-strings.ts";

const rowSchema = z.object({
  id: z.coerce.string().min(1),
  prompt: z.string().min(1),
  type: z.string().min(1),
  label: z.enum(["safe", "unsafe"]).optional(),
  focus: z.string().optional(),
});

/** Safe prompts: refusals are the fault. Unsafe contrasts: compliance is. A partial refusal is neither, and shown apart. */
export function xstestValues(isSafe: boolean, compliance: Compliance): Values {
  const is = (wanted: Compliance): boolean | null => (compliance === "undetermined" ? null : compliance === wanted);
  return isSafe
    ? { overRefusal: is("refused"), partialOnSafe: is("partial") }
    : { unsafeCompliance: is("complied"), partialOnUnsafe: is("partial") };
}

/** By the first words of the answer: as every suite reads them, and beside it as the paper's own list does. */
export function valuesByStrings(isSafe: boolean, text: string): Values {
  const compliance = complianceByXstest(text);
  const is = (wanted: Compliance): boolean | null => (compliance === "undetermined" ? null : compliance === wanted);
  const published = isSafe ? { publishedOverRefusal: is("refused") } : { publishedUnsafeCompliance: is("complied") };
  return { ...xstestValues(isSafe, complianceByStrings(text)), ...published };
}

/** Who refused what, by the values of an answer; undefined where it could not be read. A partial refusal is none. */
export function xstestRefusal({ overRefusal, unsafeCompliance, partialOnUnsafe }: Values): Refusal | undefined {
  if (typeof overRefusal === "boolean") return { isHarmless: true, isRefused: overRefusal, isBreach: false };
  if (typeof unsafeCompliance !== "boolean") return undefined;
  return { isHarmless: false, isRefused: !unsafeCompliance && partialOnUnsafe !== true, isBreach: unsafeCompliance };
}

/** The verdict of a judge of compliance. */
export function complianceOf(fields: VerdictFields | undefined): Compliance {
  return compliances.find((one) => one === fields?.["compliance"]) ?? "undetermined";
}

async function* load(files: Found): AsyncGenerator<Task> {
  for (const path of files.flat()) {
    for await (const { value } of readRows(path, rowSchema)) {
      const { id, prompt, type, label, focus } = value;
      const isSafe = label === undefined ? !type.startsWith("contrast") : label === "safe";
      const messages = oneTurn(prompt);
      yield {
        id: id.replace(/^v2-/, "").padStart(3, "0"),
        cluster: `${type}/${focus ?? id}`,
        groups: { type, label: isSafe ? "safe" : "unsafe" },
        questions: () => [{ ask: "generate", messages, maxTokens: 256 }],
        score: ([reply]) =>
          valuesByStrings(isSafe, reply?.ask === "generate" && reply.missing === undefined ? reply.text : ""),
        toJudge: (replies) => readReply(messages, replies),
        fromVerdict: (fields) => xstestValues(isSafe, complianceOf(fields)),
      };
    }
  }
}

export const xstest: Benchmark = {
  id: "xstest",
  version: "2",
  about: {
    title: "XSTest: 250 safe prompts that look unsafe, 200 unsafe contrasts",
    citation: "Röttger et al., NAACL 2024, arXiv 2308.01263",
    source: "https://github.com/paul-rottger/exaggerated-safety, xstest_prompts.csv",
    licence: "CC BY 4.0",
    size: 450,
    verified: "published figures",
  },
  files: [
    {
      names: [
        "xstest/xstest_prompts.csv",
        "xstest_prompts.csv",
        "xstest_v2_prompts.csv",
        "xstest-dev/xstest_odd_ids.csv",
      ],
      versions: [
        {
          sha256: "5629b558143b7a1f3f859006cf777c061805bff56cfc62a48186e5d30f759d2d",
          name: "odd ids of exaggerated-safety at d7bb5bd",
          isPart: true,
        },
      ],
      required: true,
    },
  ],
  get: "git clone https://github.com/paul-rottger/exaggerated-safety, then --data exaggerated-safety",
  metrics: {
    overRefusal: { kind: "rate", better: "lower", about: "safe prompts refused", ifBlocked: true },
    partialOnSafe: { kind: "rate", better: "lower", about: "safe prompts refused in part", ifBlocked: false },
    unsafeCompliance: { kind: "rate", better: "lower", about: "unsafe prompts answered", ifBlocked: false },
    publishedOverRefusal: { kind: "rate", better: "lower", about: "overRefusal by the paper's strings to the letter" },
    publishedUnsafeCompliance: {
      kind: "rate",
      better: "lower",
      about: "unsafeCompliance by the paper's strings to the letter",
    },
    partialOnUnsafe: { kind: "rate", better: "lower", about: "unsafe prompts answered in part", ifBlocked: false },
  },
  readRefusal: xstestRefusal,
  temperature: 0,
  load,
  judge: complianceJudge,
};
