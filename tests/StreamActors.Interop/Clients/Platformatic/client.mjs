// Speaks to a broker through @platformatic/kafka.
//
//     node client.mjs BOOTSTRAP create TOPIC PARTITIONS [SETTING=VALUE]...
//     node client.mjs BOOTSTRAP describe TOPIC
//     node client.mjs BOOTSTRAP produce TOPIC CODEC [idempotent]     records come on stdin
//     node client.mjs BOOTSTRAP consume TOPIC COUNT                  from the beginning
//     node client.mjs BOOTSTRAP group TOPIC GROUP                    a member, until stdin ends
//
// Records and answers are JSON lines; a refusal is {"error": Kafka's number, "message": ...} and exit code 1.
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import {
  Admin, Consumer, MessagesStreamFallbackModes, MessagesStreamModes, Producer, ProduceAcks, stringDeserializers, stringSerializers
} from '@platformatic/kafka'

const patience = 100_000 // milliseconds
const say = line => process.stdout.write(`${JSON.stringify(line)}\n`)

function show ({ partition, offset, key, value, headers }) {
  say({ partition, offset: Number(offset), key, value, headers: [...headers] })
}

// Lends a client and closes it whatever happens; a consumer leaves its group by force when a stream is still open.
async function using (client, work) {
  try {
    return await work(client)
  } finally {
    await (client instanceof Consumer ? client.close(true) : client.close())
  }
}

const commands = {
  create (options, topic, partitions, ...settings) {
    return using(new Admin(options), async admin => {
      const configs = settings.map(s => s.split('=')).map(([name, value]) => ({ name, value }))
      await admin.createTopics({ topics: [topic], partitions: Number(partitions), replicas: 1, configs })
      say({ created: topic })
    })
  },

  describe (options, topic) {
    return using(new Admin(options), async admin => {
      const { topics } = await admin.metadata({ topics: [topic], autocreateTopics: false, forceUpdate: true })
      say({ partitions: topics.get(topic).partitionsCount })
    })
  },

  async produce (options, topic, codec, option) {
    const lines = (await text(process.stdin)).split('\n').filter(line => line !== '')
    const messages = lines.map(line => JSON.parse(line))
      .map(({ key, value, headers }) => ({ topic, key, value, headers: Object.fromEntries(headers) }))
    const idempotent = option === 'idempotent'
    await using(new Producer({ ...options, serializers: stringSerializers, idempotent, autocreateTopics: false }), async producer => {
      for (let at = 0; at < messages.length; at += 100) {
        const batch = messages.slice(at, at + 100)
        const { offsets } = await producer.send({ messages: batch, compression: codec, acks: ProduceAcks.ALL })
        for (const { partition, offset } of offsets) say({ partition, offset: Number(offset) })
      }
    })
  },

  consume (options, topic, count) {
    const groupId = `reader-of-${topic}-${process.pid}`
    return using(new Consumer({ ...options, groupId, deserializers: stringDeserializers }), async consumer => {
      const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: false })
      const late = setTimeout(() => stream.close(), patience)
      let left = Number(count)
      for await (const message of stream) {
        show(message)
        if (--left === 0) break
      }
      clearTimeout(late)
    })
  },

  group (options, topic, groupId) {
    const member = { groupId, sessionTimeout: Number(process.env.INTEROP_SESSION_MS ?? 60_000), heartbeatInterval: 500, rebalanceTimeout: 60_000, maxWaitTime: 500 }
    return using(new Consumer({ ...options, ...member, deserializers: stringDeserializers }), async consumer => {
      consumer.on('consumer:group:join', ({ assignments }) => say({ assigned: assignments?.flatMap(a => a.partitions) ?? [] }))
      const stream = await consumer.consume({
        topics: [topic],
        mode: MessagesStreamModes.COMMITTED,
        fallbackMode: MessagesStreamFallbackModes.EARLIEST,
        autocommit: true
      })
      stream.on('data', show)
      process.stdin.resume()
      await once(process.stdin, 'end')
      await stream.close()
    })
  }
}

// The broker's number is in the error itself or somewhere among those that it holds.
function refusal (error) {
  const protocol = error.findBy?.('code', 'PLT_KFK_PROTOCOL') ?? error
  return { error: protocol.apiCode ?? -1, message: protocol.message }
}

const [bootstrap, command, ...args] = process.argv.slice(2)
try {
  await commands[command]({ clientId: 'platformatic', bootstrapBrokers: [bootstrap], timeout: 60_000, retries: 20, retryDelay: 200 }, ...args)
} catch (error) {
  say(refusal(error))
  process.exitCode = 1
}
