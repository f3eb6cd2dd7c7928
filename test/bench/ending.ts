/** Says something to people; stdout is for the results. */
export const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`)

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

const steps: (() => unknown)[] = []

/** Notes what must be undone at the end, whatever happens until then. */
export const atEnd = (step: () => unknown): void => void steps.push(step)

/** Undoes everything noted, the last first. A step that fails is told and does not stop the others. */
export const undo = async (): Promise<void> => {
  for (let step = steps.pop(); step !== undefined; step = steps.pop())
    await Promise.resolve()
      .then(step)
      .catch((error: unknown) => say(`while ending: ${messageOf(error)}`))
}
