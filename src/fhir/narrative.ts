// Every pattern reads a megabyte in one go: no two repetitions in a row can take the same letters.
const div = /^\s*<div[\s>/]/
const forbiddenElement =
  /<\/?(?:\w{1,20}:)?(?:script|style|iframe|frame|frameset|object|embed|applet|form|input|button|base|link|meta|head|body|svg|math)\b/i
const eventAttribute = /<[^<>]*[\s"'/]on[a-z]+\s*=/i
const activeLink = /(?:href|src|action|background)\s*=[\s"']*(?:&#|javascript:|vbscript:)/i
/** Declarations bring entities, and entities hide what the other patterns look for. */
const declaration = /<\?|<!(?!--)/

/**
 * Whether a narrative is one XHTML `div` without active content: no script, frame, form, event
 * attribute or script link. It is stored as it came, so what a browser could run is refused here.
 * @see https://hl7.org/fhir/R4/narrative.html#xhtml
 */
export const isNarrative = (text: string): boolean =>
  div.test(text) &&
  text.trimEnd().endsWith('>') &&
  !forbiddenElement.test(text) &&
  !eventAttribute.test(text) &&
  !activeLink.test(text) &&
  !declaration.test(text)
