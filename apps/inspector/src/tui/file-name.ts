const UNITS_MAX = 80

/** Text from a store as a part of a file's name: nothing in it means anything to a shell or leads to another directory. */
export function fileWord(text: string): string {
  const word = text.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '')
  return word.slice(0, UNITS_MAX) || 'unnamed'
}

/** `20261121T143207Z`. */
export function timeOfFile(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
}
