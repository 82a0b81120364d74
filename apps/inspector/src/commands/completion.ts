import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'

/** Prints the script that makes a shell ask `inspector __complete` what could stand at the cursor. */
export async function completion(context: Context, shell: string): Promise<ExitCode> {
  const script = SCRIPTS[shell]
  if (script === undefined) throw new InspectorError('usage', `Cannot complete for ${JSON.stringify(shell)}`)
  await context.print(script)
  return EXIT.ok
}

// Of the words up to the cursor each is passed on as it is; the last one may be empty. A candidate is a line. Where there is
// none, the shell completes file names.
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# inspector: eval "$(inspector completion bash)"
_inspector() {
  local line words cword
  # A colon divides words for bash, but not in a URL.
  if declare -F _get_comp_words_by_ref >/dev/null; then _get_comp_words_by_ref -n : words cword
  else words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD; fi
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line == */ ]] && compopt -o nospace
    COMPREPLY+=("$(printf %q "$line")")
  done < <("\${words[0]}" __complete -- "\${words[@]:1:cword}" 2>/dev/null)
}
complete -o default -F _inspector inspector
`,
  zsh: `#compdef inspector
# inspector: eval "$(inspector completion zsh)", after compinit
_inspector() {
  local -a found directories
  found=("\${(@f)$("$words[1]" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  (( $#found )) || { _files; return }
  directories=("\${(@M)found:#*/}")
  found=("\${(@)found:#*/}")
  (( $#found )) && compadd -- "$found[@]"
  (( $#directories )) && compadd -S '' -- "$directories[@]"
}
compdef _inspector inspector
`,
  fish: `# inspector: inspector completion fish | source
complete -c inspector -f -a '(set -l words (commandline -opc); $words[1] __complete -- $words[2..] (commandline -ct) 2>/dev/null)'
`,
}
