import type { Socket } from 'node:net'
import type { PoolClient } from 'pg'
import type { Row, Statement } from './database.ts'
import { WireBuffer } from './wire-buffer.ts'
import { errorOf, MessageReader } from './wire-messages.ts'
import { columnsOf, PreparedStatement } from './wire-statement.ts'

/** Statements prepared on one connection at most; PostgreSQL keeps a plan of each in memory. */
const preparedMax = 500

/** Kinds of messages from PostgreSQL that matter here. */
const kinds = { dataRow: 0x44, error: 0x45, ready: 0x5a, rowDescription: 0x54 } as const

/** Something sent, until PostgreSQL is ready again. */
interface Sent {
  readonly prepared: PreparedStatement | undefined
  readonly rows: Row[]
  columns: ReturnType<typeof columnsOf>
  error: Error | undefined
  readonly resolve: (sent: Sent) => void
  readonly reject: (error: Error) => void
}

/**
 * The extended query protocol on a connection that `pg` has opened, which speaks no more of it then.
 * Statements of one turn of the event loop travel in one write. Against `pg` it asks once, not each
 * time, what rows a statement gives, takes bytes as bytes, and makes no events: a third of the cost.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class Wire {
  readonly #client: PoolClient
  readonly #socket: Socket
  readonly #buffer = new WireBuffer()
  readonly #prepared = new Map<string, PreparedStatement | Promise<PreparedStatement>>()
  #preparing = 0
  #underWay = 0
  /** Told when nothing is under way any more. */
  #idle = (): void => {}
  /** In the order they were sent. */
  readonly #sent: Sent[] = []
  #lost: Error | undefined
  readonly #silenceMilliseconds: number
  #watch: NodeJS.Timeout | undefined

  /**
   * @param client idle; given back to the pool by `release`, or when it is lost
   * @param silenceMilliseconds after which a silent server counts as lost; 0 for no bound
   */
  constructor(client: PoolClient, silenceMilliseconds: number) {
    this.#client = client
    this.#socket = client.connection.stream as Socket
    this.#silenceMilliseconds = silenceMilliseconds
    const reader = new MessageReader((kind, bytes, from, end) =>
      this.#receive(kind, bytes, from, end),
    )
    this.#socket.removeAllListeners('data')
    this.#socket.on('data', chunk => reader.read(chunk as Buffer))
    client.once('error', error => this.#lose(error))
    client.once('end', () => this.#lose(new Error('Connection terminated')))
  }

  /** Whether the connection is gone, and given back to the pool. */
  get isLost(): boolean {
    return this.#lost !== undefined
  }

  /** The rows of a statement. @throws DatabaseError, or an Error when the connection is lost */
  async query({ name, text, values }: Statement): Promise<Row[]> {
    this.#underWay++
    try {
      for (;;) {
        const prepared = this.#prepared.get(name) ?? this.#prepare(name, text)
        if (prepared instanceof PreparedStatement)
          return (await this.#send(() => this.#buffer.execute(prepared, values), prepared)).rows
        await prepared
      }
    } finally {
      if (--this.#underWay === 0) this.#idle()
    }
  }

  /** Ends the connection, after what is under way on it. */
  async release(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>(resolve => (this.#idle = resolve))
    this.#lose(new Error('Connection terminated'))
  }

  #prepare(name: string, text: string): Promise<PreparedStatement> {
    if (this.#prepared.size >= preparedMax && this.#preparing === 0) this.#forgetAll()
    this.#preparing++
    const preparing = this.#send(() => this.#buffer.prepare(name, text)).then(
      ({ columns }) => {
        const prepared = new PreparedStatement(name, columns)
        this.#prepared.set(name, prepared)
        this.#preparing--
        return prepared
      },
      (error: unknown) => {
        this.#prepared.delete(name)
        this.#preparing--
        throw error
      },
    )
    this.#prepared.set(name, preparing)
    return preparing
  }

  #forgetAll(): void {
    this.#prepared.clear()
    this.#send(() => this.#buffer.run('deallocate all')).catch(() => {})
  }

  #send(write: () => void, prepared?: PreparedStatement): Promise<Sent> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost)
    if (this.#buffer.isEmpty) setImmediate(() => this.#flush())
    write()
    return new Promise((resolve, reject) => {
      this.#sent.push({ prepared, rows: [], columns: [], error: undefined, resolve, reject })
      this.#watchSilence()
    })
  }

  #flush(): void {
    if (this.#buffer.isEmpty || this.#lost !== undefined) return
    this.#socket.write(this.#buffer.take())
  }

  #receive(kind: number, bytes: Buffer, from: number, end: number): void {
    const sent = this.#sent[0]
    if (sent === undefined) return
    if (kind === kinds.dataRow) readRow(sent, bytes, from)
    else if (kind === kinds.rowDescription) sent.columns = columnsOf(bytes, from)
    else if (kind === kinds.error) sent.error ??= errorOf(bytes, from, end)
    else if (kind === kinds.ready) {
      this.#sent.shift()
      if (sent.error === undefined) sent.resolve(sent)
      else sent.reject(sent.error)
    }
  }

  /** Gives a connection up on which the same statement has been waiting for all of the time. */
  #watchSilence(): void {
    if (this.#silenceMilliseconds === 0 || this.#watch !== undefined) return
    const [first] = this.#sent
    this.#watch = setTimeout(() => {
      this.#watch = undefined
      if (this.#sent.length === 0) return
      if (this.#sent[0] === first) this.#socket.destroy(new Error('Query read timeout'))
      else this.#watchSilence()
    }, this.#silenceMilliseconds)
    this.#watch.unref()
  }

  #lose(error: Error): void {
    if (this.#lost !== undefined) return
    this.#lost = error
    clearTimeout(this.#watch)
    this.#client.release(true)
    for (const { reject } of this.#sent.splice(0)) reject(error)
  }
}

/** An error in here would end the process. */
const readRow = (sent: Sent, bytes: Buffer, from: number): void => {
  try {
    sent.rows.push(sent.prepared!.readRow(bytes, from))
  } catch (error) {
    sent.error ??= error instanceof Error ? error : new Error(String(error))
  }
}
