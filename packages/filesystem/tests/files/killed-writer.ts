import { writeFileAtomic } from '@latchless/filesystem/files'
import { interceptedFiles } from './recording-files.ts'

// Writes once and dies by the nth call of the operating system, before or after it: `done` means that there was no such call.
const [file = '', nth = '', moment = '', exclusive = ''] = process.argv.slice(2)
let at = 0
const files = interceptedFiles(async (_, proceed) => {
  const dies = at++ === Number(nth)
  if (dies && moment === 'before') process.kill(process.pid, 'SIGKILL')
  try {
    return await proceed()
  } finally {
    if (dies) process.kill(process.pid, 'SIGKILL')
  }
})
await writeFileAtomic(file, 'new '.repeat(1000), { files, exclusive: exclusive === 'exclusive' })
process.stdout.write('done')
