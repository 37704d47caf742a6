/** Of the commands that train. */
export const trainExamples = {
  "train sft": [
    "precept train sft --model ./SmolLM2-135M --data chats.jsonl --out runs/tuned",
    "precept train sft --model ./SmolLM2-135M --data chats.jsonl --lora 16 --out runs/adapter",
    "precept train sft --model runs/tuned --data more.jsonl --held-out test.jsonl --out runs/again",
  ],
  "python setup": [
    "precept python setup",
    "precept python setup --python python3.12",
    "PRECEPT_PYTHON_HOME=/data/precept-python precept python setup",
  ],
  "train dpo": [
    "precept train dpo --model runs/tuned --data pairs.jsonl --out runs/aligned",
    "precept train dpo --model runs/tuned --data pairs.jsonl --lora 16 --beta 0.2 --out runs/adapter",
    "precept train dpo --model runs/tuned --data pairs.jsonl --loss robust --label-smoothing 0.1 --out runs/robust",
  ],
  "train preference-model": [
    "precept train preference-model --model runs/tuned --data pairs.jsonl --out runs/scorer",
    "precept train preference-model --model runs/tuned --data pairs.jsonl --held-out test.jsonl --out runs/scorer",
    "precept train preference-model --model runs/tuned --data pairs.jsonl --lora 8 --out runs/scorer",
  ],
  "train ppo": [
    "precept train ppo --model runs/tuned --data prompts.jsonl --reward runs/scorer --out runs/policy",
    "precept train ppo --model runs/tuned --data prompts.jsonl --reward reward.ts --steps 20 --out runs/policy",
    "precept train ppo --model runs/tuned --data prompts.jsonl --reward runs/scorer --kl 0.1 --max-kl 8 --out runs/near",
  ],
  "train grpo": [
    "precept train grpo --model runs/tuned --data prompts.jsonl --reward runs/scorer --out runs/policy",
    "precept train grpo --model runs/tuned --data prompts.jsonl --reward reward.ts --samples 8 --out runs/policy",
    "precept train grpo --model runs/tuned --data prompts.jsonl --reward runs/scorer --dr --out runs/dr",
  ],
  "train rloo": [
    "precept train rloo --model runs/tuned --data prompts.jsonl --reward runs/scorer --out runs/policy",
    "precept train rloo --model runs/tuned --data prompts.jsonl --reward reward.ts --samples 4 --out runs/policy",
    "precept train rloo --model runs/tuned --data prompts.jsonl --reward runs/scorer --steps 20 --out runs/short",
  ],
  "train rejection-sampling": [
    "precept train rejection-sampling --model runs/tuned --data prompts.jsonl --reward runs/scorer --out runs/best",
    "precept train rejection-sampling --model runs/tuned --data prompts.jsonl --reward reward.ts --samples 8 --out runs/best",
    "precept train rejection-sampling --model runs/tuned --data prompts.jsonl --reward runs/scorer --keep 2 --out runs/two",
  ],
  "train best-of-n": [
    "precept train best-of-n --model runs/tuned --data prompts.jsonl --reward runs/scorer --out best.jsonl",
    "precept train best-of-n --model runs/tuned --data prompts.jsonl --reward reward.ts --samples 16 --out best.jsonl",
    "precept train best-of-n --model runs/tuned --data prompts.jsonl --reward runs/scorer --seed 2 --out best.jsonl",
  ],
  "train merge": [
    "precept train merge runs/adapter --out merged",
    "precept train merge runs/adapter --base ./SmolLM2-135M --out merged",
    "precept train merge runs/adapter --out merged --json",
  ],
  "train process-reward": [
    "precept train process-reward --model models/harbor/checkpoint --data runs/demo --out runs/steps",
    "precept train process-reward --model ./small --data steps.jsonl --lora 16 --out runs/steps",
    "precept train process-reward --model ./small --data steps.jsonl --on outcome --out runs/outcome",
  ],
} as const satisfies Readonly<Record<string, readonly [string, string, string]>>;
