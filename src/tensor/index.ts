export { type AdamW, type AdamWStep, adamWKernel, adamWScalars } from "./adamw-kernel.ts";
export { type DeviceName, deviceNames } from "./devices.ts";
export * from "./gradients.ts";
export * from "./graph.ts";
export {
  type Attribute,
  type DataType,
  type Dimension,
  MICROSOFT,
  type Ports,
  type Shape,
  type TensorData,
  type TensorValue,
} from "./onnx.ts";
export { loadOnnxRuntime, type RuntimeSession, type RuntimeTensor, requireEngine } from "./onnxruntime.ts";
export * from "./operators/attention.ts";
export * from "./operators/broadcast.ts";
export * from "./operators/cross-entropy.ts";
export * from "./operators/elementwise.ts";
export * from "./operators/gather.ts";
export * from "./operators/geglu.ts";
export * from "./operators/matmul.ts";
export * from "./operators/normalization.ts";
export * from "./operators/reduce.ts";
export * from "./operators/rope.ts";
export * from "./operators/shape.ts";
export * from "./operators/softmax.ts";
export * from "./operators/swiglu.ts";
export { type Peer, startProcess, stepBack } from "./peers.ts";
export { type RowsKernel, rowsKernel } from "./rows-kernel.ts";
export * from "./rpc.ts";
export * from "./runtime.ts";
export * from "./session.ts";
export { type Stores, sessionHandlers, type UpdatedParameter, type UpdateRequest } from "./session-handlers.ts";
