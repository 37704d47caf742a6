import { type Stores, serve, sessionHandlers } from "../../tensor/index.ts";
import { inferenceHandlers } from "./inference-handlers.ts";

// A model is trained and sampled from in one thread, so that both read the same memory.
const stores: Stores = new Map();
serve({ ...sessionHandlers(stores), ...inferenceHandlers(stores) });
