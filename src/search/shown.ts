/** A name fit to be repeated: what is none may be a search value in the wrong place. */
export const shown = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name) ? name : '…'
