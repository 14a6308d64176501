// Speaks to a broker through Go's sarama.
//
//	sarama-client BOOTSTRAP create TOPIC PARTITIONS [SETTING=VALUE]...
//	sarama-client BOOTSTRAP describe TOPIC
//	sarama-client BOOTSTRAP produce TOPIC CODEC [idempotent]     records come on stdin
//	sarama-client BOOTSTRAP consume TOPIC COUNT                  from the beginning
//	sarama-client BOOTSTRAP group TOPIC GROUP                    a member, until stdin ends
//
// Records and answers are JSON lines; a refusal is {"error": Kafka's number, "message": ...} and exit code 1.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/ioutil"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Shopify/sarama"
)

const patience = 100 * time.Second

type line map[string]interface{}

type record struct {
	Key     string      `json:"key"`
	Value   string      `json:"value"`
	Headers [][2]string `json:"headers"`
}

var (
	codecs = map[string]sarama.CompressionCodec{
		"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
		"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
	}
	commands = map[string]func(bootstrap []string, config *sarama.Config, args []string){
		"create": create, "describe": describe, "produce": produce, "consume": consume, "group": group,
	}
	output sync.Mutex
)

func say(l line) {
	output.Lock()
	defer output.Unlock()
	json.NewEncoder(os.Stdout).Encode(l)
}

func show(m *sarama.ConsumerMessage) {
	headers := [][2]string{}
	for _, h := range m.Headers {
		headers = append(headers, [2]string{string(h.Key), string(h.Value)})
	}
	say(line{"partition": m.Partition, "offset": m.Offset, "key": string(m.Key), "value": string(m.Value), "headers": headers})
}

// refuse ends the program with what the broker said; an error of the client itself has the number -1.
func refuse(err error) {
	if err == nil {
		return
	}
	number := sarama.ErrUnknown
	switch e := err.(type) {
	case sarama.KError:
		number = e
	case *sarama.TopicError:
		number = e.Err
	case sarama.ProducerErrors:
		refuse(e[0].Err)
	}
	say(line{"error": number, "message": err.Error()})
	os.Exit(1)
}

func create(bootstrap []string, config *sarama.Config, args []string) {
	admin, err := sarama.NewClusterAdmin(bootstrap, config)
	refuse(err)
	partitions, err := strconv.Atoi(args[1])
	refuse(err)
	settings := map[string]*string{}
	for _, s := range args[2:] {
		pair := strings.SplitN(s, "=", 2)
		settings[pair[0]] = &pair[1]
	}
	detail := &sarama.TopicDetail{NumPartitions: int32(partitions), ReplicationFactor: 1, ConfigEntries: settings}
	refuse(admin.CreateTopic(args[0], detail, false))
	say(line{"created": args[0]})
}

func describe(bootstrap []string, config *sarama.Config, args []string) {
	admin, err := sarama.NewClusterAdmin(bootstrap, config)
	refuse(err)
	topics, err := admin.DescribeTopics(args)
	refuse(err)
	if topics[0].Err != sarama.ErrNoError {
		refuse(topics[0].Err)
	}
	say(line{"partitions": len(topics[0].Partitions)})
}

func produce(bootstrap []string, config *sarama.Config, args []string) {
	config.Producer.Compression = codecs[args[1]]
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Flush.Frequency = 50 * time.Millisecond
	config.Producer.Flush.MaxMessages = 100
	if len(args) > 2 && args[2] == "idempotent" {
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1
	}
	producer, err := sarama.NewSyncProducer(bootstrap, config)
	refuse(err)
	var messages []*sarama.ProducerMessage
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var r record
		refuse(json.Unmarshal(lines.Bytes(), &r))
		m := &sarama.ProducerMessage{Topic: args[0], Key: sarama.StringEncoder(r.Key), Value: sarama.StringEncoder(r.Value)}
		for _, h := range r.Headers {
			m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(h[0]), Value: []byte(h[1])})
		}
		messages = append(messages, m)
	}
	refuse(producer.SendMessages(messages))
	for _, m := range messages {
		say(line{"partition": m.Partition, "offset": m.Offset, "key": m.Key})
	}
	refuse(producer.Close())
}

func consume(bootstrap []string, config *sarama.Config, args []string) {
	consumer, err := sarama.NewConsumer(bootstrap, config)
	refuse(err)
	partitions, err := consumer.Partitions(args[0])
	refuse(err)
	left, err := strconv.Atoi(args[1])
	refuse(err)
	messages := make(chan *sarama.ConsumerMessage)
	for _, p := range partitions {
		reader, err := consumer.ConsumePartition(args[0], p, sarama.OffsetOldest)
		refuse(err)
		go func() {
			for m := range reader.Messages() {
				messages <- m
			}
		}()
	}
	late := time.After(patience)
	for ; left > 0; left-- {
		select {
		case m := <-messages:
			show(m)
		case <-late:
			return
		}
	}
}

type member struct{ topic string }

func (m member) Setup(s sarama.ConsumerGroupSession) error {
	say(line{"assigned": append([]int32{}, s.Claims()[m.topic]...)})
	return nil
}

func (m member) Cleanup(sarama.ConsumerGroupSession) error {
	say(line{"assigned": []int32{}})
	return nil
}

func (m member) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for r := range claim.Messages() {
		show(r)
		s.MarkMessage(r, "")
	}
	return nil
}

func group(bootstrap []string, config *sarama.Config, args []string) {
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.CommitInterval = 100 * time.Millisecond
	config.Consumer.Offsets.Retention = 24 * time.Hour // without it sarama commits with a request that Kafka 4 no longer knows
	config.Consumer.Group.Session.Timeout = 60 * time.Second
	if ms, err := strconv.Atoi(os.Getenv("INTEROP_SESSION_MS")); err == nil {
		config.Consumer.Group.Session.Timeout = time.Duration(ms) * time.Millisecond
	}
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	g, err := sarama.NewConsumerGroup(bootstrap, args[1], config)
	refuse(err)
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		io.Copy(ioutil.Discard, os.Stdin)
		stop()
	}()
	for ctx.Err() == nil {
		refuse(g.Consume(ctx, args[:1], member{args[0]})) // returns at each rebalance
	}
	refuse(g.Close())
}

func main() {
	config := sarama.NewConfig()
	config.Version = sarama.V2_2_0_0
	config.ClientID = "sarama"
	config.Admin.Timeout = patience
	config.Metadata.Retry.Max = 20
	config.Producer.Retry.Max = 20
	commands[os.Args[2]](os.Args[1:2], config, os.Args[3:])
}
