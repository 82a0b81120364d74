import { FilesystemError, SqliteFilesystem, unwritten } from '@latchless/filesystem'

// Writes until the limit on the size of files that it runs under makes the disk fail, then says how it went on.
const [path = ''] = process.argv.slice(2)
const filesystem = await SqliteFilesystem.open({ path, durability: 'process' })
let landed = 0
const attempt = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
    return 'resolved'
  } catch (error) {
    return error instanceof FilesystemError ? `${error.code} ${error.retry}` : String(error)
  }
}
const write = async (bytes: number) => {
  const entry = { body: Buffer.alloc(bytes), contentType: 'application/octet-stream' }
  return await attempt(filesystem.put(`/records/${landed}`, entry, unwritten))
}
let failure = await write(50_000)
while (failure === 'resolved') {
  landed++
  failure = await write(50_000)
}
const later = await write(1)
const read = await attempt(filesystem.get('/records/0'))
await filesystem.close()
process.stdout.write(JSON.stringify({ landed, failure, later, read }))
