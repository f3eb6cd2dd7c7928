import { connect } from 'node:net'

const answerMsMax = 15_000

/**
 * Sends a request line and headers exactly as given, which HTTP clients would first put in order, and
 * gives the status of the answer and its body as it came.
 */
export const rawRequest = (
  baseUrl: string,
  head: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(baseUrl)
    const socket = connect(Number(port), hostname)
    const chunks: Buffer[] = []
    socket.setTimeout(answerMsMax, () => socket.destroy(new Error(`no answer to ${head}`)))
    socket.on('error', reject)
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('close', () => {
      const answer = Buffer.concat(chunks).toString('utf8')
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]
      if (status === undefined) reject(new Error(`${head.slice(0, 80)} was not answered`))
      else resolve({ status: Number(status), text: answer.slice(answer.indexOf('\r\n\r\n') + 4) })
    })
    const lines = Object.entries({ host, connection: 'close', ...headers })
    socket.write(
      `${head} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    )
  })
