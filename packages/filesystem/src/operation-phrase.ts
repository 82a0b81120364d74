const phrases: Readonly<Record<string, string>> = {
  history: 'read the history of',
  getVersion: 'read a version of',
  append: 'append to',
  read: 'read the log',
  trim: 'trim the log',
}

/** How a message says an operation of the contract, so that `Cannot <do> "<path>"` is a sentence. */
export function operationPhrase(operation: string): string {
  return phrases[operation] ?? operation
}
