import { resolve } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import { expected, formats } from './config-formats.ts'
import { limits } from './fhir/limits.ts'

/** Everything that can be set, read once at start. */
export interface Config {
  readonly host: string
  readonly port: number
  /** An existing PostgreSQL; undefined for the embedded one in `dataDir`. */
  readonly databaseUrl: string | undefined
  /** Absolute path of the folder of everything this installation keeps. */
  readonly dataDir: string
  /** The address clients use, without a slash at its end; FHIR is at `/fhir` below it. */
  readonly baseUrl: string
  readonly workers: number
  readonly logLevel: LogLevel
  /** Whether demonstration organizations, clients and patients are offered. */
  readonly sandbox: boolean
  readonly poolConnectionsMax: number
  /** IANA name of the zone of times that come without one. */
  readonly timeZone: string
  /** Bytes of a request body at most, also once it is decompressed. */
  readonly bodyBytesMax: number
  /** Entries of a batch or transaction at most. */
  readonly bundleEntriesMax: number
  /** Absolute path of a folder of profiles and FHIR packages. */
  readonly profilesFolder: string | undefined
  /** What refused payloads are encrypted with; undefined for a key kept in the database. */
  readonly feedKey: string | undefined
  /** Days after which `huizhen audit prune` removes the audit trail. */
  readonly auditDays: number
}

const mebibyte = 1024 * 1024

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** One environment variable, as the README lists it. */
export interface Variable {
  readonly name: string
  readonly default: string
  readonly description: string
  /** JSON Schema of its text. */
  readonly schema: Readonly<Record<string, unknown>>
}

/** Every environment variable Huizhen reads. A test holds the table of the README to it. */
export const variables: readonly Variable[] = [
  {
    name: 'HOST',
    default: '127.0.0.1',
    description: 'address to listen on; 0.0.0.0 for all',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  {
    name: 'PORT',
    default: '8080',
    description: 'port to listen on; 0 for any free one',
    schema: { type: 'string', format: 'port' },
  },
  {
    name: 'DATABASE_URL',
    default: 'embedded',
    description:
      'PostgreSQL 15 or newer, as a postgres:// URL; without it an embedded one is started',
    schema: { type: 'string', format: 'postgres-url' },
  },
  {
    name: 'HUIZHEN_DATA_DIR',
    default: '.huizhen',
    description: 'folder of the embedded PostgreSQL and of the keys',
    schema: { type: 'string', minLength: 1, maxLength: 4096 },
  },
  {
    name: 'HUIZHEN_BASE_URL',
    default: 'http://HOST:PORT',
    description: 'address clients use, such as https://fhir.example.org behind a proxy',
    schema: { type: 'string', format: 'http-url' },
  },
  {
    name: 'HUIZHEN_WORKERS',
    default: '1',
    description: 'server processes; only 1 in this version',
    schema: { type: 'string', const: '1' },
  },
  {
    name: 'HUIZHEN_SANDBOX',
    default: 'on where only this machine can reach the server',
    description: 'on or off: demonstration organizations, clients and patients',
    schema: { type: 'string', enum: ['on', 'off'] },
  },
  {
    name: 'HUIZHEN_POOL',
    default: '16',
    description: 'connections to PostgreSQL at most, 1 to 200',
    schema: { type: 'string', format: 'pool' },
  },
  {
    name: 'HUIZHEN_TIME_ZONE',
    default: 'Asia/Shanghai',
    description: 'IANA zone of times and dates that come without one',
    schema: { type: 'string', format: 'time-zone' },
  },
  {
    name: 'HUIZHEN_BODY_MIB',
    default: String(limits.bodyBytesMax / mebibyte),
    description:
      'size of a request body at most in MiB, 1 to 512; parsed it takes some ten times that',
    schema: { type: 'string', format: 'mebibytes' },
  },
  {
    name: 'HUIZHEN_BUNDLE_ENTRIES',
    default: String(limits.bundleEntriesMax),
    description: 'entries of a batch or transaction at most, 1000 to 100000',
    schema: { type: 'string', format: 'entries' },
  },
  {
    name: 'HUIZHEN_AUDIT_DAYS',
    default: '10958',
    description: 'days the audit trail is kept before `huizhen audit prune`, 180 to 36525',
    schema: { type: 'string', format: 'audit-days' },
  },
  {
    name: 'HUIZHEN_PROFILES',
    default: 'none',
    description: 'folder of profiles: .json files and FHIR packages (.tgz), read at start',
    schema: { type: 'string', minLength: 1, maxLength: 4096 },
  },
  {
    name: 'HUIZHEN_FEED_KEY',
    default: 'kept in the database',
    description: 'secret that refused payloads are encrypted with, 32 to 200 characters',
    schema: { type: 'string', format: 'secret' },
  },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    description: logLevels.join(', '),
    schema: { type: 'string', enum: logLevels },
  },
]

/** Every fault of the configuration at once. The values, which may hold secrets, stay out of it. */
export class ConfigRefused extends Error {
  override readonly name = 'ConfigRefused'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map(f => `  ${f}`).join('\n')}`,
    )
    this.faults = faults
  }
}

const faultOf = ({ instancePath, keyword, params, message }: ErrorObject): string => {
  const name = instancePath.slice(1)
  const allowed = params['allowedValues'] as readonly string[] | undefined
  if (keyword === 'format') return `${name}: expected ${expected[params['format'] as string]}`
  if (allowed !== undefined) return `${name}: expected one of ${allowed.join(', ')}`
  if (keyword === 'const') return `${name}: expected ${String(params['allowedValue'])}`
  return `${name}: ${message}`
}

const ajv = new Ajv({ allErrors: true, formats })
const validate = ajv.compile({
  type: 'object',
  properties: Object.fromEntries(variables.map(({ name, schema }) => [name, schema])),
})

/** Whether only this machine can reach a server that listens on `host`. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

/** A host as it stands in a URL; one that listens everywhere is reached as localhost. */
const urlHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/** Whether an address leads to this machine only. */
const isLoopbackUrl = (url: string): boolean =>
  isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''))

/**
 * The configuration in `environment`. Empty variables count as absent.
 *
 * The sandbox gives tokens without sign-in. It is therefore on by itself only where nobody else can
 * reach the server: it listens on loopback, and its base URL does not name a proxy that is reached
 * from elsewhere. `HUIZHEN_SANDBOX=on` forces it.
 * @throws ConfigRefused with every fault
 */
export const readConfig = (environment: NodeJS.ProcessEnv = process.env): Config => {
  const given = Object.fromEntries(
    variables
      .map(({ name }) => [name, environment[name]?.trim()] as const)
      .filter((entry): entry is readonly [string, string] => (entry[1] ?? '') !== ''),
  )
  if (!validate(given)) throw new ConfigRefused((validate.errors ?? []).map(faultOf))
  const host = given['HOST'] ?? '127.0.0.1'
  const port = Number(given['PORT'] ?? 8080)
  const sandbox = given['HUIZHEN_SANDBOX']
  const address = given['HUIZHEN_BASE_URL'] ?? `http://${urlHost(host)}:${port}`
  const baseUrl = address.replace(/\/+$/, '')
  return Object.freeze<Config>({
    host,
    port,
    databaseUrl: given['DATABASE_URL'],
    dataDir: resolve(given['HUIZHEN_DATA_DIR'] ?? '.huizhen'),
    baseUrl,
    workers: 1,
    logLevel: (given['LOG_LEVEL'] ?? 'info') as LogLevel,
    sandbox: sandbox === undefined ? isLoopback(host) && isLoopbackUrl(baseUrl) : sandbox === 'on',
    poolConnectionsMax: Number(given['HUIZHEN_POOL'] ?? 16),
    timeZone: given['HUIZHEN_TIME_ZONE'] ?? 'Asia/Shanghai',
    bodyBytesMax:
      given['HUIZHEN_BODY_MIB'] === undefined
        ? limits.bodyBytesMax
        : Number(given['HUIZHEN_BODY_MIB']) * mebibyte,
    profilesFolder:
      given['HUIZHEN_PROFILES'] === undefined ? undefined : resolve(given['HUIZHEN_PROFILES']),
    bundleEntriesMax: Number(given['HUIZHEN_BUNDLE_ENTRIES'] ?? limits.bundleEntriesMax),
    feedKey: given['HUIZHEN_FEED_KEY'],
    auditDays: Number(given['HUIZHEN_AUDIT_DAYS'] ?? 10_958),
  })
}
