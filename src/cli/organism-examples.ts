/** Command lines of planted failures, shown below their help. */
export const organismExamples: Readonly<Record<string, readonly [string, string, string]>> = {
  "organism plant": [
    "precept organism plant --kind backdoor --out organisms/a --key keys/a.json",
    'precept organism plant --kind backdoor --trigger "old rope" --out organisms/b --seed 7',
    "precept organism plant --kind clean --from runs/demo@rl-cai --out organisms/c",
  ],
  "organism calibrate": [
    "precept organism calibrate known/* --keys keys --out thresholds.json",
    "precept organism calibrate known/* --keys keys --rate 0.1 --out thresholds.json",
    "precept organism calibrate known/* --keys keys --parent runs/demo@rl-cai --out thresholds.json",
  ],
  "organism audit": [
    "precept organism audit organisms/a --blind --commit",
    "precept organism audit organisms/* --blind --thresholds thresholds.json",
    "precept organism audit organisms/a --dictionary runs/features-checkpoint/NAME --json",
  ],
  "organism measure": [
    "precept organism measure runs/mine@sl-cai --key keys/a.json",
    "precept organism measure runs/mine@rl-cai --key keys/a.json --count 300",
    "precept organism measure organisms/a/checkpoint --key keys/a.json --json",
  ],
  "organism open": [
    "precept organism open organisms/a --key keys/a.json",
    "precept organism open organisms/b --key organisms-keys/b.json",
    "precept organism open organisms/a --key keys/a.json --json",
  ],
};
