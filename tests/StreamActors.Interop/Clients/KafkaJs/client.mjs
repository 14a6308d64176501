// Speaks to a broker through kafkajs.
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
import { compress, decompress, init as initZstd } from '@bokuweb/zstd-wasm'
import Lz4Codec from '@2l/kafkajs-lz4'
import kafkajs from 'kafkajs'
import SnappyCodec from 'kafkajs-snappy'

const { CompressionCodecs, CompressionTypes, Kafka, Partitioners, logLevel } = kafkajs

// gzip comes with kafkajs; the others are plugged in.
CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec
CompressionCodecs[CompressionTypes.LZ4] = new Lz4Codec().codec
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async encoder => Buffer.from(compress(encoder.buffer)),
  decompress: async buffer => Buffer.from(decompress(buffer))
})

const codecs = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD
}

const patience = 100_000 // milliseconds
const say = line => process.stdout.write(`${JSON.stringify(line)}\n`)
const asText = data => data?.toString() ?? null

function show (partition, { offset, key, value, headers }) {
  const pairs = Object.entries(headers ?? {}).map(([name, data]) => [name, asText(data)])
  say({ partition, offset: Number(offset), key: asText(key), value: asText(value), headers: pairs })
}

const commands = {
  async create (kafka, topic, partitions, ...settings) {
    const admin = kafka.admin()
    await admin.connect()
    try {
      const configEntries = settings.map(s => s.split('=')).map(([name, value]) => ({ name, value }))
      await admin.createTopics({
        topics: [{ topic, numPartitions: Number(partitions), replicationFactor: 1, configEntries }],
        timeout: patience
      })
      say({ created: topic })
    } finally {
      await admin.disconnect()
    }
  },

  async describe (kafka, topic) {
    const admin = kafka.admin()
    await admin.connect()
    try {
      const { topics: [{ partitions }] } = await admin.fetchTopicMetadata({ topics: [topic] })
      say({ partitions: partitions.length })
    } finally {
      await admin.disconnect()
    }
  },

  async produce (kafka, topic, codec, option) {
    const lines = (await text(process.stdin)).split('\n').filter(line => line !== '')
    const messages = lines.map(line => JSON.parse(line))
      .map(({ key, value, headers }) => ({ key, value, headers: Object.fromEntries(headers) }))
    const producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      idempotent: option === 'idempotent'
    })
    await producer.connect()
    try {
      // An answer tells a batch, so a batch is what is printed.
      for (let at = 0; at < messages.length; at += 100) {
        const written = await producer.send({ topic, messages: messages.slice(at, at + 100), compression: codecs[codec], acks: -1 })
        for (const { partition, baseOffset } of written) say({ partition, offset: Number(baseOffset) })
      }
    } finally {
      await producer.disconnect()
    }
  },

  async consume (kafka, topic, count) {
    const consumer = kafka.consumer({ groupId: `reader-of-${topic}-${process.pid}` })
    await consumer.connect()
    try {
      await consumer.subscribe({ topic, fromBeginning: true })
      let left = Number(count)
      await new Promise((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
        consumer.run({
          autoCommit: false,
          eachMessage: async ({ partition, message }) => {
            if (left <= 0) return
            show(partition, message)
            if (--left === 0) resolve()
          }
        }).catch(reject)
        setTimeout(resolve, patience).unref()
      })
    } finally {
      await consumer.disconnect()
    }
  },

  async group (kafka, topic, groupId) {
    const consumer = kafka.consumer({ groupId, sessionTimeout: Number(process.env.INTEROP_SESSION_MS ?? 60_000), heartbeatInterval: 500, rebalanceTimeout: 60_000, maxWaitTimeInMs: 500 })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => say({ assigned: payload.memberAssignment[topic] ?? [] }))
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommitThreshold: 1,
      eachMessage: async ({ partition, message }) => show(partition, message)
    })
    process.stdin.resume()
    await once(process.stdin, 'end')
    await consumer.disconnect()
  }
}

// The broker's number is in the error itself, in the one that made the client give up, or in the first of several.
function refusal (error) {
  if (error.errors?.length) return refusal(error.errors[0])
  if (error.name !== 'KafkaJSProtocolError' && error.cause) return refusal(error.cause)
  return { error: error.code ?? -1, message: error.message }
}

const [bootstrap, command, ...args] = process.argv.slice(2)
const kafka = new Kafka({ brokers: [bootstrap], clientId: 'kafkajs', logLevel: logLevel.NOTHING, connectionTimeout: 20_000, retry: { initialRetryTime: 100, retries: 6 } })
await initZstd()
try {
  await commands[command](kafka, ...args)
} catch (error) {
  say(refusal(error))
  process.exitCode = 1
}
