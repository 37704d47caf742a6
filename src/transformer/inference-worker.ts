import { serve } from "../tensor/rpc.ts";
import { inferenceHandlers } from "./inference-handlers.ts";

serve(inferenceHandlers());
