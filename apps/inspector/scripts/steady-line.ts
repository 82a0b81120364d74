/** A line of a screen without what is different in each run or on each machine, and as long as before. */
export function steadyLine(line: string): string {
  return line
    .replace(/in \d\.\d\d s/, 'in 0.50 s')
    .replace(/answers in \d+\.\d ms */, (answer) => 'answers in 0.1 ms'.padEnd(answer.length))
    .replace(/Node v\d+\.\d+\.\d+/, 'Node v24.21.0')
}
