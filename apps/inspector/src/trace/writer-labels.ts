/** Short names for writers such as `api@host/17`: as much of each as tells it from the others. Not yet escaped. */
export function writerLabels(names: readonly string[]): Map<string, string> {
  for (const shortened of [serviceOf, serviceAndPid]) {
    const labels = new Map(names.map((name) => [name, shortened(name)]))
    if (new Set(labels.values()).size === new Set(names).size) return labels
  }
  return new Map(names.map((name) => [name, name]))
}

function serviceOf(name: string): string {
  const at = name.lastIndexOf('@')
  return at > 0 ? name.slice(0, at) : name
}

function serviceAndPid(name: string): string {
  return serviceOf(name) + (/\/[^/]*$/.exec(name)?.[0] ?? '')
}
