import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** What the scripts take for "complete names of files", and for "do not". */
const [FILES, NO_FILES] = [0, 4];

/** bash alone, without the package bash-completion, lacks the function by which the script reads the line; and files. */
const BASH_BEGINNING = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
  _get_comp_words_by_ref() {
    words=("\${COMP_WORDS[@]}")
    cword=$COMP_CWORD
    cur=\${COMP_WORDS[COMP_CWORD]}
    prev=\${COMP_WORDS[COMP_CWORD-1]}
  }
fi`;
const BASH_END = 'complete -o default -F __ecapa_complete ecapa';

/**
 * Registers `ecapa completion SHELL`, which prints a script, and `ecapa complete`, which the script asks. Both are
 * made from the definitions that `--help` is made from.
 */
export function registerCompletion(program: Command): void {
  const root = tab(program, { completionCommandName: 'completion' });
  const setup = root.setup.bind(root);
  root.setup = (name, executable, shell) => {
    if (shell === 'bash') console.log(BASH_BEGINNING);
    setup(name, executable, shell);
    if (shell === 'bash') console.log(BASH_END);
  };
  // The library never asks for files, and most arguments here are files.
  Object.assign(root, {
    complete: (word: string) => {
      const found = new Map(root.completions.map(({ value, description }) => [value, description]));
      const begun = word.startsWith('-') ? word.slice(word.indexOf('=') + 1) : word;
      const matching = [...found].filter(([value]) => value.startsWith(begun));
      for (const [value, description = ''] of matching) console.log(`${value}\t${description}`);
      const isName = matching.length > 0 || (word.startsWith('-') && !word.includes('='));
      console.log(`:${isName ? NO_FILES : FILES}`);
    },
  });
}
