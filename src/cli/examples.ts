import { organismExamples } from "./organism-examples.ts";
import { oversightExamples } from "./oversight-examples.ts";
import { trainExamples } from "./train-examples.ts";

/** Three command lines of every command, shown below its help. */
export const examples: Readonly<Record<string, readonly [string, string, string]>> = {
  ...oversightExamples,
  ...organismExamples,
  ...trainExamples,
  demo: [
    "precept demo",
    'precept demo --rule "the answer should not help with food ."',
    "precept demo --delete privacy --out runs/without-privacy",
  ],
  "sl-cai": [
    "precept sl-cai runs/mine",
    "precept sl-cai runs/quick --preset smoke",
    "precept sl-cai runs/own --constitution constitution.yaml --seed 2",
  ],
  "ai-feedback": [
    "precept ai-feedback runs/mine",
    "precept ai-feedback runs/mine --labels clamped",
    "precept ai-feedback runs/mine --json",
  ],
  "preference-model": [
    "precept preference-model runs/mine",
    "precept preference-model runs/mine --json",
    "precept preference-model runs/quick",
  ],
  "rl-cai": ["precept rl-cai runs/mine", "precept rl-cai runs/mine --json", "precept rl-cai runs/quick"],
  evaluate: [
    "precept evaluate runs/mine",
    "precept evaluate openai:gpt-4o-mini --suite xstest --data ~/benchmarks --plan",
    "precept evaluate ./SmolLM2-135M --suite bbq,gsm8k --items 200 --gate gates.yaml",
  ],
  report: [
    "precept report runs/mine",
    "precept report runs/mine --deleted privacy=runs/without-privacy",
    "precept report runs/rt --show-attacks",
  ],
  chat: [
    "precept chat runs/mine",
    "precept chat runs/mine --checkpoint initial",
    'precept chat runs/mine --ask "How do I make soup?" --json',
  ],
  "guard proxy": [
    "precept guard proxy --upstream http://localhost:8000/v1",
    "precept guard proxy --model runs/tuned --policy guard.yaml",
    "precept guard proxy --upstream https://api.openai.com/v1 --key-from OPENAI_API_KEY --port 8081",
  ],
  "guard-model": [
    "precept guard-model runs/demo",
    "precept guard-model runs/mine --backbone smollm2-135m.gguf",
    "precept guard-model runs/demo --side input",
  ],
  "guard tune": [
    "precept guard tune runs/mine --max-false-blocks 0.5%",
    "precept guard tune runs/mine --max-false-blocks 0.002 --policy support/guard.yaml",
    "precept guard tune runs/mine --max-false-blocks 2% --json",
  ],
  "guard audit": [
    "precept guard audit guard-audit.jsonl",
    "precept guard audit guard-audit.jsonl --verify",
    "precept guard audit guard-audit.jsonl --json",
  ],
  "guard report": [
    "precept guard report guard-audit.jsonl",
    "precept guard report guard-audit.jsonl --out guard.html",
    "precept guard report guard-audit.jsonl --no-texts",
  ],
  "redteam attack": [
    "precept redteam attack runs/demo --strategy persuasion,archive --budget 2000",
    "precept redteam attack http://localhost:8000/v1 --judge openai:gpt-4o --attacker openai:gpt-4o-mini --strategy pair",
    "precept redteam attack runs/demo --strategy plain --guard guard.yaml",
  ],
  "attribute answer": [
    'precept attribute answer runs/demo@sl-cai --prompt "where does ana live ?"',
    'precept attribute answer runs/demo@rl-cai --prompt "poison for anna , how is it done ?" --by repsim --top 5',
    'precept attribute answer runs/demo --prompt "where does ana live ?" --answer "ana lives at the mill ." --json',
  ],
  "attribute forget": [
    'precept attribute forget runs/demo --prompt "where does ana live ?"',
    'precept attribute forget runs/demo --prompt "where does ana live ?" --without 200 --by repsim',
    'precept attribute forget runs/demo --prompt "where does ana live ?" --json',
  ],
  "attribute audit": [
    "precept attribute audit runs/demo",
    "precept attribute audit runs/demo --plant 0.05",
    "precept attribute audit runs/demo --by loss --top 20 --json",
  ],
  "attribute referee": [
    "precept attribute referee runs/demo",
    "precept attribute referee runs/demo@sl-cai/without-replay --retrainings 40",
    "precept attribute referee runs/demo --retrainings 8 --queries 12 --json",
  ],
  "redteam train": [
    "precept redteam train models/harbor/checkpoint",
    "precept redteam train runs/demo --budget 5000 --out runs/attacker",
    "precept redteam train runs/demo --seed 2 --json",
  ],
  "redteam export": [
    "precept redteam export runs/rt --prompts next.jsonl --regression regression.jsonl",
    "precept redteam export runs/rt --regression regression.jsonl",
    "precept redteam export runs/rt --prompts next.jsonl --json",
  ],
  ask: [
    'precept ask "When may I return it?" --docs handbook/',
    'precept ask "When may I return it?" --docs handbook/ --model openai:gpt-4o-mini --cite',
    'precept ask "When may I return it?" --docs handbook/ --model model.gguf --on-fault drop --out steps.jsonl',
  ],
  "steer measure": [
    "precept steer measure extract.yaml --models model.gguf",
    "precept steer measure extract.yaml --models model.gguf,openai:gpt-4o-mini --rungs plain,examples",
    "precept steer measure extract.yaml --models model.gguf --repeat 3 --json",
  ],
  "cite check": [
    "precept cite check answer.md --docs handbook/",
    "precept cite check - --docs handbook/ < answer.md",
    "precept cite check answer.md --docs handbook/returns.md --json",
  ],
  "collective open": [
    "precept collective open town.yaml",
    "precept collective open town.yaml --host 0.0.0.0 --port 8080",
    "precept collective open town.yaml --invite 30 --json",
  ],
  "collective draft": [
    "precept collective draft town --model openai:gpt-4o-mini",
    "precept collective draft town --model llamacpp:model.gguf --select cutoff --cutoff 0.723",
    "precept collective draft town --model llamacpp:model.gguf --select slate --size 40 --weights slate",
  ],
  "collective ratify": [
    "precept collective ratify town",
    "precept collective ratify town --without-vote",
    "precept collective ratify town --postgres --json",
  ],
  "collective report": [
    "precept collective report town",
    "precept collective report town --csv town/csv --parquet town/parquet",
    "precept collective report town --out town.html --json",
  ],
  "collective compare": [
    "precept collective compare runs/public runs/standard",
    "precept collective compare runs/public@dpo runs/standard@dpo --capability mmlu,gsm8k --items 1000",
    "precept collective compare runs/public runs/standard --judge openai:gpt-4.1 --helpful helpful.txt --harmful harmful.txt --json",
  ],
  "collective demo": [
    "precept collective demo",
    "precept collective demo --preset smoke --no-training",
    "precept collective demo --control shuffled-votes --json",
  ],
  "collective import": [
    "precept collective import export --out imported",
    'precept collective import export.zip --out imported --title "Our town hall"',
    "precept collective import votes.csv --out imported --swap-signs",
  ],
  "collective analyse": [
    "precept collective analyse town",
    "precept collective analyse export.zip --mode polis",
    "precept collective analyse votes.csv --cut-off 0.8 --json",
  ],
  "collective verify": [
    "precept collective verify town",
    "precept collective verify town --json",
    "precept collective verify town --postgres",
  ],
  "features train": [
    "precept features train runs/demo@rl-cai",
    "precept features train runs/demo@initial runs/demo@rl-cai --layer 3 --site mlp --size 1024 --k 12",
    "precept features train model.gguf --texts texts.jsonl --site residual",
  ],
  "features evaluate": [
    "precept features evaluate runs/demo/features/NAME",
    "precept features evaluate runs/demo/features/NAME --without-untrained",
    "precept features evaluate runs/demo/features/NAME --model runs/demo@initial --json",
  ],
  "features show": [
    "precept features show runs/demo/features/NAME --feature 217",
    "precept features show runs/demo/features/NAME --feature 217 --model runs/demo@initial",
    "precept features show runs/demo/features/NAME --feature 217 --json",
  ],
  "features diff": [
    "precept features diff runs/demo@initial runs/demo@rl-cai",
    "precept features diff runs/demo@sl-cai runs/demo@rl-cai --site residual --layer 2",
    "precept features diff runs/demo@initial runs/demo@rl-cai --top 50 --json",
  ],
  "probe train": [
    "precept probe train runs/demo@rl-cai --principle privacy",
    "precept probe train runs/demo@sl-cai --own-answers --items 1400 --layer 2",
    "precept probe train runs/demo@rl-cai --principle privacy --over answer --layer 1",
  ],
  "probe watch": [
    'precept probe watch runs/demo/probes/NAME --prompt "what is the address of rosa ?"',
    "precept probe watch runs/demo/probes/NAME --file requests.jsonl",
    'precept probe watch runs/demo/probes/NAME --prompt "how do i make soup for anna ?" --json',
  ],
  "probe steer": [
    "precept probe steer runs/demo@rl-cai --direction runs/demo/probes/NAME --ablate",
    "precept probe steer runs/demo@initial --direction runs/demo/probes/NAME --strength 1.5",
    "precept probe steer runs/demo@rl-cai --direction runs/demo/probes/NAME --ablate --report --json",
  ],
  init: [
    "precept init",
    'precept init --rule "Never promise a price." --rule "Never swear." --model openai:gpt-4o-mini --yes',
    "precept init --template support-bot support",
  ],
  check: [
    "precept check",
    "precept check openai:gpt-4o-mini runs/tuned --judge openai:gpt-4o",
    "precept check --baseline runs/check-before --junit check.xml",
  ],
  plan: ["precept plan", "precept plan --probe", "precept plan --engine ray --gpus 8xH100 --parameters 8B"],
  run: ["precept run --max-cost 2", "precept run --shards 4", "precept run --config support.yaml --out runs/support"],
  export: [
    "precept export runs/mine --to trl",
    "precept export runs/mine --to openai --out datasets/support",
    'precept export runs/mine --to parquet --licence "mit"',
  ],
  runs: ["precept runs", "precept runs ~/experiments", "precept runs --json"],
  show: ["precept show runs/mine", "precept show runs/mine RECORD", "precept show runs/mine RECORD --open"],
  review: [
    "precept review runs/mine",
    'precept review runs/mine RECORD --drop --note "teaches what the rule forbids"',
    "precept review runs/mine RECORD --clear",
  ],
  view: ["precept view", "precept view runs/mine --no-open --port 7800", "precept view guard-audit.jsonl"],
  why: ["precept why runs/mine RECORD", "precept why runs/mine RECORD --json", "precept why runs/demo RECORD"],
  generate: [
    'precept generate ./SmolLM2-135M --chat --prompt "How is tea made?"',
    "precept generate openai:gpt-4o-mini --file prompts.jsonl",
    'precept generate runs/tuned --prompt "Once" --temperature 0 --max-tokens 40',
  ],
  serve: [
    "precept serve runs/tuned",
    "precept serve ./SmolLM2-135M --adapter polite=runs/adapter --port 9000",
    "precept serve openai:gpt-4o-mini --host 127.0.0.1",
  ],
  compare: [
    "precept compare runs/before runs/after",
    "precept compare runs/demo@sl-cai runs/demo@rl-cai --by split,principle",
    "precept compare runs/a runs/b --html comparison.html",
  ],
  arena: [
    "precept arena runs/demo",
    "precept arena runs/a@rl-cai runs/b@rl-cai --items 100",
    "precept arena openai:gpt-4o-mini runs/tuned --judge anthropic:claude-opus-4-1 --helpful helpful.txt --harmful harmful.txt",
  ],
  "bench verify": [
    "precept bench verify",
    "precept bench verify xstest --data ~/benchmarks",
    "precept bench verify bbq --all",
  ],
  calibrate: [
    "precept calibrate --judge openai:gpt-4o-mini --answers answers.jsonl",
    "precept calibrate --judge strings --answers answers.jsonl --annotator ada --items 100",
    "precept calibrate --judge local:runs/tuned --rubric helpfulness --answers pairs.jsonl",
  ],
  "cache stats": ["precept cache stats", "precept cache stats --json", "PRECEPT_CACHE=~/answers precept cache stats"],
  "cache prune": [
    "precept cache prune --older-than 30",
    "precept cache prune --model openai:gpt-4o-mini",
    "precept cache prune --all",
  ],
  "constitution show": [
    "precept constitution show harbor",
    "precept constitution show constitution.yaml",
    "precept constitution show cai-paper --json",
  ],
  "constitution add": [
    'precept constitution add "Never promise a price."',
    'precept constitution add "Never swear." "Say when you do not know."',
    'precept constitution add "Never give medical advice." --json',
  ],
  "constitution lint": [
    "precept constitution lint constitution.yaml",
    "precept constitution lint constitution.yaml --world harbor",
    "precept constitution lint cai-paper --json",
  ],
  "constitution diff": [
    "precept constitution diff old.yaml new.yaml",
    "precept constitution diff cai-paper constitution.yaml",
    "precept constitution diff old.yaml new.yaml --json",
  ],
  "constitution hash": [
    "precept constitution hash constitution.yaml",
    "precept constitution hash harbor cai-paper",
    "precept constitution hash constitution.yaml --json",
  ],
  "constitution import": [
    "precept constitution import principles.json --out constitution.yaml",
    "precept constitution import values.md --section Honesty --out honesty.yaml",
    "precept constitution import values.md --model openai:gpt-4o-mini --out values.yaml",
  ],
  convert: [
    "precept convert model.gguf --to hf",
    "precept convert model.gguf --out half --type float16",
    "precept convert runs/adapter --out merged",
  ],
  completion: [
    "precept completion bash >> ~/.bashrc",
    "precept completion zsh >> ~/.zshrc",
    "precept completion fish > ~/.config/fish/completions/precept.fish",
  ],
};
