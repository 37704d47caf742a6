import type { Benchmark } from "../benchmark/types.ts";
import { absoluteHarm } from "./absolute-harm.ts";
import { bbq } from "./bbq.ts";
import { discrimEval } from "./discrim-eval.ts";
import { evasiveness } from "./evasiveness.ts";
import { gsm8k } from "./gsm8k.ts";
import { harmbench } from "./harmbench.ts";
import { hhh } from "./hhh.ts";
import { instructions } from "./instructions.ts";
import { jailbreakbench } from "./jailbreakbench.ts";
import { mmlu } from "./mmlu.ts";
import { aiRisk, persona, sycophancy } from "./model-written.ts";
import { pap } from "./pap.ts";
import { strongreject } from "./strongreject.ts";
import { truthfulqa, truthfulqaGeneration } from "./truthfulqa.ts";
import { winogenerated } from "./winogenerated.ts";
import { xstest } from "./xstest.ts";

const all: readonly Benchmark[] = [
  absoluteHarm,
  evasiveness,
  instructions,
  xstest,
  bbq,
  strongreject,
  harmbench,
  jailbreakbench,
  pap,
  hhh,
  truthfulqa,
  truthfulqaGeneration,
  gsm8k,
  mmlu,
  persona,
  aiRisk,
  sycophancy,
  winogenerated,
  discrimEval,
];

/** Every benchmark on data of the user's, by id; an embedded world brings its own. */
export const benchmarks: ReadonlyMap<string, Benchmark> = new Map(all.map((benchmark) => [benchmark.id, benchmark]));
