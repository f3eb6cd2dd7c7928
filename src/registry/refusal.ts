/** Something the registry does not take, in words for the operator who asked. Never sent to a FHIR client. */
export class RegistryRefusal extends Error {
  override readonly name: string = 'RegistryRefusal'
}

/** What was given has the wrong form, whatever is registered. */
export class WrongForm extends RegistryRefusal {
  override readonly name = 'WrongForm'
}

/** Rows one list shows at most. */
export const listedMax = 10_000

/** Entries one memory of the registry holds at most. */
export const rememberedMax = 10_000

/** @throws WrongForm unless the text has the form. */
export const requireForm = (form: RegExp, text: string, expected: string): void => {
  if (!form.test(text)) throw new WrongForm(`"${text}" is not possible here: ${expected}.`)
}

/** @throws WrongForm unless it is a name people can read: 1 to 200 characters. */
export const requireName = (name: string): void => {
  if (name.trim() === '' || name.length > 200) {
    throw new WrongForm('A name of 1 to 200 characters is needed.')
  }
}
