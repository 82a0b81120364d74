import { writeFileAtomic } from '@latchless/filesystem/files'

// Overwrites a file for ever, each time with one letter only.
const [file = '', letters = ''] = process.argv.slice(2)
for (let n = 0; ; n++) {
  await writeFileAtomic(file, (letters[n % letters.length] ?? '').repeat(200_000), { durability: 'process' })
}
