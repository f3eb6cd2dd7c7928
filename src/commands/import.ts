import { grantOf } from '../access/grant.ts'
import { parseScopes } from '../access/scopes.ts'
import { createApp, type App } from '../app.ts'
import { readConfig } from '../config.ts'
import { CommandFailed, readArguments, texts, type Command, type Output } from './command.ts'
import { ImportIds, importedMax } from './import-ids.ts'
import { filesOf, foundIn } from './import-source.ts'
import { createImporter, type Tally } from './import-steps.ts'
import { createProgressBar } from './progress-bar.ts'
import { requireCluster } from './with-registry.ts'

/** `huizhen import`: files of resources and bundles, written as a hospital's own. */
export const importFiles: Command = {
  name: 'import',
  summary: 'store files of resources and bundles as a hospital’s own',
  help: `huizhen import <file or folder> --org <organization>

Stores what the files hold in the name of the organization, by the same checks as a request: .ndjson
or .ndjson.gz files with one resource per line, and .json files with a resource or a Bundle. Batches and
transactions are performed as they are; of other bundles each resource is stored. A folder stands for
those files in it: those named after types of the directory first, then Patient, then by name.

Resources are put to their ids, so that the same import again changes nothing. An id without the
hospital's prefix gets it, and so do references to it from within the files. What is refused is listed
with its file and line; all else is stored, and the exit code is 1.

  --org <organization>   whose records they become
`,
  async run(args, output) {
    const given = readArguments(args, texts('org'), ['the file or folder'])
    const organizationId = given.required('org')
    const config = { ...readConfig(), sandbox: false, logLevel: 'silent' as const }
    requireCluster(config)
    const files = await filesOf(given.words)
    const app = await createApp(config)
    try {
      return await importAll(app, { organizationId, files, output })
    } finally {
      await app.close()
    }
  },
}

interface Asked {
  readonly organizationId: string
  readonly files: readonly string[]
  readonly output: Output
}

const importAll = async ({ context }: App, asked: Asked): Promise<number> => {
  const { organizationId, files, output } = asked
  const organization = await context.organizationById(organizationId)
  if (organization === undefined)
    throw new CommandFailed(`there is no organization "${organizationId}"; see huizhen org list`)
  const ids = new ImportIds(organization.id)
  for await (const found of foundIn(files))
    if (!ids.survey(found))
      throw new CommandFailed(`more than ${importedMax} resources; split them`)
  const exchange = {
    context,
    grant: grantOf({
      ...{ issuer: context.baseUrl, tokenId: context.newId() },
      ...{ clientId: 'import', subject: 'import', organization, purpose: 'TREAT' },
      scopes: parseScopes('system/*.cruds'),
      expiresAt: Number.MAX_SAFE_INTEGER,
    }),
    ...{ requestId: context.newId(), queryable: context.database, isLenient: false },
    ...({ returnPreference: 'minimal', language: 'en' } as const),
  }
  const importer = createImporter(exchange)
  const bar = createProgressBar(ids.count, output)
  const began = output.now()
  for await (const found of foundIn(files)) {
    ids.rename(found)
    await importer.take(found)
    bar.show(importer.tally.done)
  }
  const tally = await importer.finish()
  bar.show(tally.done)
  bar.end()
  report(tally, { files: files.length, seconds: output.now() - began, output })
  return tally.refused === 0 ? 0 : 1
}

const report = (
  { created, unchanged, refused, refusals }: Tally,
  { files, seconds, output }: { files: number; seconds: number; output: Output },
): void => {
  const rate = Math.round((created + unchanged) / Math.max(seconds, 0.001))
  output.out(
    `${created} created, ${unchanged} updated or unchanged, ${refused} refused; ${files} files in ${seconds.toFixed(1)} s, ${rate} resources/s\n`,
  )
  for (const refusal of refusals) output.err(`${refusal}\n`)
  if (refused > refusals.length) output.err(`and ${refused - refusals.length} more\n`)
}
