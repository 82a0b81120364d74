const BEGINNINGS = ['kind:', 'state:', 'state:deleted', 'state:damaged', 'writer:', 'size>', 'age<', 'ver>']

/** What the last word of a filter could become. */
export function completedFilter(text: string): readonly string[] {
  const [, before = '', mark = '', word = ''] = /^(.*\s)?(!?)(\S+)$/.exec(text) ?? []
  if (word === '') return []
  return BEGINNINGS.filter((beginning) => beginning !== word && beginning.startsWith(word)).map(
    (beginning) => before + mark + beginning,
  )
}
