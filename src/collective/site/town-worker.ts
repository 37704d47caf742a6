import { serve, stepBack } from "../../tensor/index.ts";
import { readTown } from "./read-town.ts";

// Whoever looks at something else comes first.
stepBack("thread");

serve({ read: readTown });
