import { type AdamWStep, adamWKernel, adamWScalars } from "./adamw-kernel.ts";
import type { DeviceName } from "./devices.ts";
import type { Ports, TensorValue } from "./onnx.ts";
import { type Handlers, Transfer } from "./rpc.ts";
import { type GraphSession, loadGraph } from "./runtime.ts";
import { elementCount } from "./shapes.ts";

export interface CreateRequest {
  readonly session: number;
  readonly model: Uint8Array;
  readonly threads: number | undefined;
  readonly device: DeviceName | undefined;
  readonly isFrugal: boolean;
  readonly ports: Ports | undefined;
}

export interface RunRequest {
  readonly session: number;
  readonly store: number;
  readonly feeds: Readonly<Record<string, TensorValue>>;
  /** Outputs that come back to the caller. */
  readonly fetch: readonly string[];
  /** Output name → name in the store under which it stays for later runs. */
  readonly keep: Readonly<Record<string, string>>;
  /** Fetched outputs that must be finite throughout, or nothing is kept. */
  readonly guard: readonly string[];
  readonly update: UpdateRequest | undefined;
}

/** An optimizer step on stored parameters, once the graph has run and its guarded outputs were finite. */
export interface UpdateRequest extends AdamWStep {
  /** The fetched output that is the gradients' global norm. */
  readonly norm: string;
  readonly parameters: readonly UpdatedParameter[];
}

/** Names of stored tensors, which are changed in place, and of the output (or stored tensor) that is the gradient. */
export interface UpdatedParameter {
  readonly gradient: string;
  readonly parameter: string;
  readonly first: string;
  readonly second: string;
  readonly weightDecay: number;
}

export interface StoreRequest {
  readonly store: number;
  readonly tensors: Readonly<Record<string, TensorValue>>;
}

export interface ZerosRequest {
  readonly store: number;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

export interface ReadRequest {
  readonly store: number;
  readonly names: readonly string[];
}

export interface FreeRequest {
  readonly sessions: readonly number[];
  readonly stores: readonly number[];
}

/** Named tensors by the id of their store. */
export type Stores = Map<number, Map<string, TensorValue>>;

/** Gives an output's memory back at once, which the collector of so few objects would not for a long time. */
function free(tensor: TensorValue | undefined): void {
  if (tensor?.data instanceof Float32Array && tensor.data.buffer instanceof ArrayBuffer) tensor.data.buffer.transfer(0);
}

const allFinite = ({ data }: TensorValue): boolean =>
  data.every((value: number | bigint) => Number.isFinite(Number(value)));

/** The worker's side of `Session` and `TensorStore`: large tensors live here and never cross the thread boundary. */
export function sessionHandlers(stores: Stores = new Map()): Handlers {
  const sessions = new Map<number, GraphSession>();
  let adamw: ReturnType<typeof adamWKernel> | undefined;
  const apply = (
    update: UpdateRequest,
    norm: number,
    find: (name: string) => TensorValue | undefined,
    release: (name: string) => unknown,
  ): void => {
    adamw ??= adamWKernel();
    const floats = (name: string): Float32Array => {
      const data = find(name)?.data;
      if (data instanceof Float32Array) return data;
      throw new Error(`Nothing to update under ${name}`);
    };
    for (const { gradient, parameter, first, second, weightDecay } of update.parameters) {
      const scalars = adamWScalars(update, norm, weightDecay);
      adamw(floats(gradient), floats(parameter), floats(first), floats(second), scalars);
      release(gradient);
    }
  };
  const storeOf = (id: number): Map<string, TensorValue> => {
    const store = stores.get(id) ?? new Map<string, TensorValue>();
    stores.set(id, store);
    return store;
  };
  return {
    async create({ session, model, ...options }: CreateRequest) {
      sessions.set(session, await loadGraph(model, options));
    },
    async run({ session: id, store: storeId, feeds, fetch, keep, guard, update }: RunRequest) {
      const session = sessions.get(id);
      if (session === undefined) throw new Error(`The session ${id} was disposed`);
      const store = storeOf(storeId);
      const inputs: Record<string, TensorValue> = {};
      for (const name of session.inputNames) {
        const tensor = feeds[name] ?? store.get(name);
        if (tensor === undefined) throw new Error(`The graph input ${name} was neither fed nor stored`);
        inputs[name] = tensor;
      }
      const gradients = new Set(
        (update?.parameters ?? []).map(({ gradient }) => gradient).filter((name) => session.outputNames.includes(name)),
      );
      const names = new Set([...fetch, ...Object.keys(keep), ...gradients]);
      const outputs = await session.run(inputs, [...names], gradients);
      const results: Record<string, TensorValue> = {};
      for (const name of fetch) results[name] = outputs[name]!;
      if (guard.every((name) => allFinite(results[name] as TensorValue))) {
        for (const [output, name] of Object.entries(keep)) store.set(name, outputs[output]!);
        if (update !== undefined)
          apply(
            update,
            Number(results[update.norm]?.data[0]),
            (name) => outputs[name] ?? store.get(name),
            (name) => session.canReuse || free(outputs[name]),
          );
      }
      return results;
    },
    write({ store, tensors }: StoreRequest) {
      for (const [name, tensor] of Object.entries(tensors)) storeOf(store).set(name, tensor);
    },
    zeros({ store, shapes }: ZerosRequest) {
      for (const [name, shape] of Object.entries(shapes)) {
        const known = storeOf(store).get(name)?.data;
        if (known instanceof Float32Array) known.fill(0);
        else storeOf(store).set(name, { dtype: "float32", shape, data: new Float32Array(elementCount(shape)) });
      }
    },
    read({ store, names }: ReadRequest) {
      const results: Record<string, TensorValue> = {};
      for (const name of names) {
        const tensor = storeOf(store).get(name);
        if (tensor === undefined) throw new Error(`Nothing is stored under ${name}`);
        results[name] = { ...tensor, data: tensor.data.slice() };
      }
      return new Transfer(
        results,
        Object.values(results).map(({ data }) => data.buffer as ArrayBuffer),
      );
    },
    async free({ sessions: ids, stores: storeIds }: FreeRequest) {
      for (const id of ids) {
        await sessions.get(id)?.release();
        sessions.delete(id);
      }
      for (const id of storeIds) stores.delete(id);
    },
  };
}
