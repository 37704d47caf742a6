export { isGguf, loadGguf, loadGgufTokenizer } from "./load.ts";
export { ggufSize, LARGE_PARAMETERS, largeGgufNotice } from "./size.ts";
