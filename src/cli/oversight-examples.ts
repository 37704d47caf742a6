/** Of the commands of oversight. */
export const oversightExamples: Readonly<Record<string, readonly [string, string, string]>> = {
  card: [
    "precept card runs/demo",
    "precept card runs/mine --checkpoint sl-cai --licence apache-2.0 --out card.md",
    "precept card runs/mine --usage guard-audit.jsonl",
  ],
  gate: [
    "precept gate scaling-policy.yaml runs/demo",
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
};
