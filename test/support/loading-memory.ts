import { peakMemoryBytes } from "../../src/runs/memory.ts";
import { wordTokenizer } from "../../src/tokenizer/index.ts";
import { weightShapes } from "../../src/transformer/checkpoint/weight-shapes.ts";
import { loadCheckpoint, parameterCount, type StorageType, saveCheckpoint } from "../../src/transformer/index.ts";

// A process of its own, so that its peak is that of one thing: `make FOLDER STORAGE SHARD_BYTES`, or `load FOLDER`.
const config = {
  vocabularySize: 8192,
  hiddenSize: 1024,
  feedForwardSize: 2816,
  layers: 9,
  heads: 16,
  keyValueHeads: 16,
  headSize: 64,
  contextLength: 2048,
  ropeTheta: 10000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
};

const base = peakMemoryBytes();
const [command, folder = "", storage = "float32", shardBytes = "1e12"] = process.argv.slice(2);
const started = performance.now();
let parameters = 0;
if (command === "make") {
  const weights = new Map(
    [...weightShapes(config)].map(([name, shape], n) => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      for (let i = 0; i < data.length; i++) data[i] = ((i * 37 + n) % 1009) / 1009 - 0.5;
      return [name, { shape, data }];
    }),
  );
  const tokenizer = wordTokenizer(["<end>"], { size: config.vocabularySize });
  parameters = parameterCount(weights);
  await saveCheckpoint(
    folder,
    { config, weights, tokenizer },
    {
      storage: storage as StorageType,
      maxShardBytes: Number(shardBytes),
    },
  );
} else {
  const { weights } = await loadCheckpoint(folder);
  parameters = parameterCount(weights);
}
console.log(
  JSON.stringify({ parameters, base, peak: peakMemoryBytes(), seconds: (performance.now() - started) / 1000 }),
);
