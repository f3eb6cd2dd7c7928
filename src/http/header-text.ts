/**
 * A header value as its sender meant it. HTTP gives bytes as Latin-1; senders write UTF-8 in values
 * that hold search text. What is not UTF-8 stays as it came.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.5
 */
export const headerText = (value: string): string => {
  if (!/[\x80-\xff]/.test(value) || /[^\x00-\xff]/.test(value)) return value
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'))
  } catch {
    return value
  }
}
