/** Tests whose answer differs from the expected one, and why. */
export const explained: Readonly<Record<string, string>> = {
  'parameters-expand-enum-definitions3':
    'designations keep every extension they were written with; the test leaves out those unknown to it',
  'extensions-echo-enumerated':
    'designations keep every extension they were written with; the test leaves out those unknown to it',
  'validation-simple-coding-bad-language-header':
    'displays are judged in the languages of displayLanguage; Accept-Language is the language of the messages',
  'fragment-expansion':
    'the reason why an expansion is open names the code system in our own words',
  'translate-reverse':
    'R4 answers a reverse translation with the source as the concept; the test has the shape of R5',
}
