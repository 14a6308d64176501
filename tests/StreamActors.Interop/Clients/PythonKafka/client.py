#!/usr/bin/python3
"""Speaks to a broker through python3-kafka (kafka-python, which is Python to the socket).

    client.py BOOTSTRAP create TOPIC PARTITIONS [SETTING=VALUE]...
    client.py BOOTSTRAP describe TOPIC
    client.py BOOTSTRAP produce TOPIC CODEC                  records come on stdin
    client.py BOOTSTRAP consume TOPIC COUNT                  from the beginning
    client.py BOOTSTRAP group TOPIC GROUP                    a member, until stdin ends

Records and answers are JSON lines; a refusal is {"error": Kafka's number, "message": ...} and exit code 1.
"""
import json
import os
import sys
import threading

from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError, for_code

PATIENCE = 100_000  # milliseconds


def broker(bootstrap):
    # The client gives up after two seconds where it is not told otherwise.
    return {"bootstrap_servers": bootstrap, "api_version_auto_timeout_ms": PATIENCE}


def say(**line):
    print(json.dumps(line, ensure_ascii=False), flush=True)


def text(data):
    return None if data is None else data.decode()


def show(record):
    headers = [[name, text(value)] for name, value in record.headers]
    say(partition=record.partition, offset=record.offset, key=text(record.key), value=text(record.value), headers=headers)


def create(bootstrap, topic, partitions, *settings):
    admin = KafkaAdminClient(**broker(bootstrap))
    config = dict(setting.split("=", 1) for setting in settings)
    admin.create_topics([NewTopic(topic, int(partitions), 1, topic_configs=config)], timeout_ms=PATIENCE)
    say(created=topic)


def describe(bootstrap, topic):
    [told] = KafkaAdminClient(**broker(bootstrap)).describe_topics([topic])
    if told["error_code"]:
        raise for_code(told["error_code"])(topic)
    say(partitions=len(told["partitions"]))


def produce(bootstrap, topic, codec):
    producer = KafkaProducer(
        **broker(bootstrap),
        compression_type=None if codec == "none" else codec,
        acks="all",
        linger_ms=50,
        max_block_ms=15_000,
    )
    sent = []
    for line in sys.stdin:
        record = json.loads(line)
        headers = [(name, value.encode()) for name, value in record["headers"]]
        sent.append((record["key"], producer.send(topic, record["value"].encode(), record["key"].encode(), headers)))
    producer.flush(PATIENCE / 1000)
    for key, future in sent:
        told = future.get(PATIENCE / 1000)
        say(partition=told.partition, offset=told.offset, key=key)


def consume(bootstrap, topic, count):
    consumer = KafkaConsumer(**broker(bootstrap), consumer_timeout_ms=PATIENCE)
    partitions = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    for _, record in zip(range(int(count)), consumer):
        show(record)
    consumer.close()


def group(bootstrap, topic, name):
    class Listener(ConsumerRebalanceListener):
        def on_partitions_revoked(self, revoked):
            say(assigned=[])

        def on_partitions_assigned(self, assigned):
            say(assigned=sorted(p.partition for p in assigned))

    consumer = KafkaConsumer(
        **broker(bootstrap),
        group_id=name,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=int(os.environ.get("INTEROP_SESSION_MS", 60000)),
        heartbeat_interval_ms=500,
    )
    consumer.subscribe([topic], listener=Listener())
    stopping = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopping.set()), daemon=True).start()
    while not stopping.is_set():
        for records in consumer.poll(100).values():
            for record in records:
                show(record)
            consumer.commit()
    consumer.close()


try:
    bootstrap, command, *arguments = sys.argv[1:]
    {f.__name__: f for f in (create, describe, produce, consume, group)}[command](bootstrap, *arguments)
except KafkaError as refusal:
    say(error=getattr(refusal, "errno", None) or -1, message=str(refusal))
    sys.exit(1)
