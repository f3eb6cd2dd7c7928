/**
 * How strictly what is written is taken. `strict`: an error refuses it. `lenient`: elements that R4
 * does not have are left out with a warning, and what was sent is kept. `report-only`: that, and
 * problems of profiles and recommendations of completeness only warn.
 */
export const validationModes = ['strict', 'lenient', 'report-only'] as const
export type ValidationMode = (typeof validationModes)[number]
