/** Of the commands of oversight. */
export const oversightExamples: Readonly<Record<string, readonly [string, string, string]>> = {
  card: [
    "precept card runs/demo",
    "precept card runs/mine --checkpoint sl-cai --licence apache-2.0 --out card.md",
    "precept card runs/mine --usage guard-audit.jsonl",
  ],
  gate: [
    "precept gate scaling-policy.yaml runs/mine --elicit --few-shot shots.jsonl --fine-tune rows.jsonl",
    'precept gate scaling-policy.yaml runs/demo --by "Ada" --decide pause --reason "the filter is not ready"',
    "precept gate regression.jsonl openai:gpt-4o-mini --judge openai:gpt-4o",
  ],
  "suite write": [
    "precept suite write --principle privacy --count 160",
    'precept suite write --behaviour "it wants to be left running" --model openai:gpt-4o-mini --name keeps-running',
    "precept suite write --principle honesty --constitution constitution.yaml --model local:FOLDER --checker openai:gpt-4o",
  ],
  "suite check": [
    "precept suite check runs/suite-privacy/privacy.jsonl --items 50",
    'precept suite check runs/suite-privacy/privacy.jsonl --labels runs/suite-privacy/privacy.spot.jsonl --by "Ada"',
    "precept suite check own.jsonl --items 20 --out to-label.jsonl",
  ],
  "debate hold": [
    "precept debate hold runs/demo --rounds 2",
    "precept debate hold --questions questions.jsonl --debater openai:gpt-4o --judge openai:gpt-4o-mini",
    "precept debate hold runs/demo --only blind,debate --count 50",
  ],
  "debate train": [
    "precept debate train runs/demo --rounds 2",
    "precept debate train runs/demo --best-of 4 --out runs/debater",
    "precept debate train runs/demo --seed 2 --json",
  ],
  critique: [
    "precept critique runs/demo --levels 2",
    "precept critique openai:gpt-4o-mini --constitution constitution.yaml --answers answers.jsonl",
    "precept critique runs/demo --wording far --count 100",
  ],
  "scaling sweep": [
    "precept scaling sweep runs/sweep --seed 1",
    "precept scaling sweep runs/sweep --seed 1 --only 176",
    "precept scaling sweep runs/quick --smoke",
  ],
  "scaling fit": [
    "precept scaling fit runs/sweep/size-*",
    "precept scaling fit evals/0.5b evals/1.5b evals/3b --metric overRefusal",
    "precept scaling fit runs/demo --over rl-steps",
  ],
  "scaling overoptimise": [
    "precept scaling overoptimise runs/demo",
    "precept scaling overoptimise runs/sweep/teacher-seed-1 --sweep runs/sweep",
    "precept scaling overoptimise runs/quick --smoke",
  ],
};
