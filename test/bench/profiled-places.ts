interface ProfileNode {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    readonly lineNumber: number
  }
}

/** A CPU profile as V8 writes it. */
export interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const entriesMax = 25

/** Where the time itself went, in parts of the time that was not idle. */
export const profiledPlaces = ({ nodes, samples, timeDeltas }: Profile): string => {
  const nameOf = new Map(nodes.map(node => [node.id, placeOf(node)]))
  const times = new Map<string, number>()
  samples.forEach((id, index) => {
    const place = nameOf.get(id)!
    times.set(place, (times.get(place) ?? 0) + timeDeltas[index]!)
  })
  times.delete('(idle)')
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times]
    .sort(([, one], [, other]) => other - one)
    .slice(0, entriesMax)
    .map(([place, time]) => `${((100 * time) / total).toFixed(1).padStart(5)} %  ${place}`)
    .join('\n')
}

const placeOf = ({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string => {
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/(?=dist\/)/, '')
  return file === '' ? functionName : `${functionName || '(anonymous)'}  ${file}:${lineNumber + 1}`
}
