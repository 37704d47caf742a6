import { serve } from "../../tensor/index.ts";
import { decodeHandlers } from "./decode-handlers.ts";

serve(decodeHandlers());
