#!/usr/bin/python3
"""Speaks to a broker through python3-confluent-kafka (librdkafka).

    client.py BOOTSTRAP create TOPIC PARTITIONS [SETTING=VALUE]...
    client.py BOOTSTRAP describe TOPIC
    client.py BOOTSTRAP produce TOPIC CODEC [idempotent]     records come on stdin
    client.py BOOTSTRAP consume TOPIC COUNT                  from the beginning
    client.py BOOTSTRAP group TOPIC GROUP                    a member, until stdin ends

Records and answers are JSON lines; a refusal is {"error": Kafka's number, "message": ...} and exit code 1.
"""
import json
import os
import sys
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PATIENCE = 100  # seconds


def say(**line):
    print(json.dumps(line, ensure_ascii=False), flush=True)


def text(data):
    return None if data is None else data.decode()


def show(message):
    headers = [[name, text(value)] for name, value in message.headers() or []]
    say(partition=message.partition(), offset=message.offset(), key=text(message.key()), value=text(message.value()), headers=headers)


def create(bootstrap, topic, partitions, *settings):
    admin = AdminClient({"bootstrap.servers": bootstrap})
    config = dict(setting.split("=", 1) for setting in settings)
    created = admin.create_topics([NewTopic(topic, int(partitions), 1, config=config)], operation_timeout=PATIENCE)
    created[topic].result(PATIENCE)
    say(created=topic)


def describe(bootstrap, topic):
    told = AdminClient({"bootstrap.servers": bootstrap}).list_topics(topic, PATIENCE).topics[topic]
    if told.error:
        raise KafkaException(told.error)
    say(partitions=len(told.partitions))


def produce(bootstrap, topic, codec, *options):
    failures = []

    def delivered(error, message):
        if error:
            failures.append(error)
        else:
            say(partition=message.partition(), offset=message.offset(), key=text(message.key()))

    producer = Producer({
        "bootstrap.servers": bootstrap,
        "compression.type": codec,
        "enable.idempotence": "idempotent" in options,
        "linger.ms": 50,
        "message.timeout.ms": PATIENCE * 1000,
        "topic.metadata.propagation.max.ms": 5000,
    })
    for line in sys.stdin:
        record = json.loads(line)
        headers = [(name, value.encode()) for name, value in record["headers"]]
        producer.produce(topic, record["value"], record["key"], headers=headers, on_delivery=delivered)
    producer.flush(PATIENCE)
    if failures:
        raise KafkaException(failures[0])


def consume(bootstrap, topic, count):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, PATIENCE).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])
    left, end = int(count), time.monotonic() + PATIENCE
    while left and time.monotonic() < end:
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        show(message)
        left -= 1
    consumer.close()


def group(bootstrap, topic, name):
    def assigned(_, partitions):
        say(assigned=[p.partition for p in partitions])

    consumer = Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": name,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "session.timeout.ms": int(os.environ.get("INTEROP_SESSION_MS", 60000)),
        "heartbeat.interval.ms": 500,
    })
    consumer.subscribe([topic], on_assign=assigned, on_revoke=lambda *_: say(assigned=[]))
    stopping = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopping.set()), daemon=True).start()
    while not stopping.is_set():
        message = consumer.poll(0.1)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        show(message)
        consumer.commit(message, asynchronous=False)
    consumer.close()


try:
    bootstrap, command, *arguments = sys.argv[1:]
    {f.__name__: f for f in (create, describe, produce, consume, group)}[command](bootstrap, *arguments)
except KafkaException as refusal:
    say(error=refusal.args[0].code(), message=refusal.args[0].str())
    sys.exit(1)
