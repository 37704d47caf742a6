import { type Choke, chokesOf } from "./chokes.ts";
import { type MemoryNeed, memoryOf } from "./memory.ts";
import { type Cluster, gpuOf, type SizedModel, type SizedPart, type SizedTotal, sizeWork } from "./size-work.ts";
import { generationRate, type Throughput } from "./throughput.ts";
import { paperWorkload, type WorkCounts, type Workload } from "./workload.ts";

/** GPU-hours, money and what would give out first, of a pipeline whose models all have one size. */
export interface Sizing {
  readonly cluster: Cluster;
  readonly model: SizedModel;
  readonly parts: readonly SizedPart[];
  readonly total: SizedTotal;
  readonly counts: WorkCounts;
  readonly memory: MemoryNeed;
  readonly chokes: readonly Choke[];
  /** The paper's own counts on the same GPUs with models of the same size. */
  readonly paper: { readonly counts: WorkCounts; readonly total: SizedTotal };
  readonly basis: SizingBasis;
}

/** When the figures stood so and where they come from; how far off they may be, as factors; whether the model is outside their sizes. */
export interface SizingBasis {
  readonly asOf: string;
  readonly sources: readonly string[];
  readonly generationWithin: number;
  readonly trainingWithin: number;
  readonly priceWithin: number;
  readonly isExtrapolated: boolean;
}

/** Sizes a workload. Pure: the same figures, the same answer. */
export function sizePipeline(workload: Workload, model: SizedModel, cluster: Cluster, throughput: Throughput): Sizing {
  const sized = sizeWork(workload, model, cluster, throughput);
  const memory = memoryOf(model, cluster.gpu, cluster.gpus, throughput);
  const papers = paperWorkload();
  const gpu = gpuOf(throughput, cluster.gpu);
  const { generation } = gpu;
  const weights = generation.map((figure) => figure.weights);
  return {
    cluster,
    model,
    ...sized,
    counts: workload.counts,
    memory,
    chokes: chokesOf({ workload, sized, memory, model, cluster, throughput }),
    paper: { counts: papers.counts, total: sizeWork(papers, model, cluster, throughput).total },
    basis: {
      asOf: throughput.asOf,
      sources: [...new Set([gpu.source, ...generation.map(({ source }) => source)])],
      generationWithin: generationRate(gpu, model.weights).within,
      trainingWithin: throughput.training.within,
      priceWithin: gpu.priceWithin,
      isExtrapolated: model.weights < Math.min(...weights) || model.weights > Math.max(...weights),
    },
  };
}
