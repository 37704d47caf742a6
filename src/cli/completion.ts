/** Shells that a script of completions can be had for. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The hidden command that the scripts ask: the words typed so far, the last one unfinished; one proposal a line comes back. */
export const proposing = "__complete";

const scripts: Readonly<Record<Shell, string>> = {
  bash: `# Tab completion of precept. In ~/.bashrc:  source <(precept completion bash)
_precept() {
  local IFS=$'\\n'
  COMPREPLY=($(precept ${proposing} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _precept precept
`,
  zsh: `#compdef precept
# Tab completion of precept. In ~/.zshrc, after compinit:  source <(precept completion zsh)
_precept() {
  local -a found
  found=("\${(@f)$(precept ${proposing} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( \${#found} )); then compadd -- $found; else _files; fi
}
compdef _precept precept
`,
  fish: `# Tab completion of precept. Once:  precept completion fish > ~/.config/fish/completions/precept.fish
function __precept_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (precept ${proposing} $words[2..] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c precept -f -a '(__precept_complete)'
`,
};

/** The script that a shell reads to complete precept's commands, flags and values; paths are the shell's own. */
export const completionScript = (shell: Shell): string => scripts[shell];
