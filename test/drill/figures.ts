/** What a drill came to. */
export interface Figures {
  readonly isGood: boolean
  readonly said: Readonly<Record<string, string | number>>
}
