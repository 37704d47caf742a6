import { serve } from "./rpc.ts";
import { sessionHandlers } from "./session-handlers.ts";

serve(sessionHandlers());
