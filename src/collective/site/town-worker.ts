import { setPriority } from "node:os";
import { serve } from "../../tensor/index.ts";
import { readTown } from "./read-town.ts";

// On Linux a priority is a thread's own: whoever looks at something else comes first.
if (process.platform === "linux") setPriority(10);

serve({ read: readTown });
