using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.Confluent;

internal sealed class ConfluentClient(BrokerProcess broker, GroupProtocol protocol = GroupProtocol.Classic) : IKafkaClient
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    public async Task<Refusal?> CreateTopicAsync(string topic, int partitions, params string[] settings)
    {
        using var admin = Admin();
        var configs = settings.Select(s => s.Split('=')).ToDictionary(s => s[0], s => s[1]);
        try
        {
            await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1, Configs = configs }]);
            return null;
        }
        catch (CreateTopicsException e)
        {
            return ToRefusal(e.Results[0].Error);
        }
    }

    public Task<Refusal?> DescribeAsync(string topic)
    {
        using var admin = Admin();
        var error = admin.GetMetadata(topic, Patience).Topics[0].Error;
        return Task.FromResult(error.IsError ? ToRefusal(error) : null);
    }

    public async Task<Written> ProduceAsync(string topic, IReadOnlyList<SentRecord> records, string codec, bool idempotent = false)
    {
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig
        {
            BootstrapServers = broker.Bootstrap,
            CompressionType = Enum.Parse<CompressionType>(codec, ignoreCase: true),
            EnableIdempotence = idempotent,
            LingerMs = 50,
            MessageTimeoutMs = (int)Patience.TotalMilliseconds,
            TopicMetadataPropagationMaxMs = 2000,
        }).Build();
        var sending = records.Select(r => producer.ProduceAsync(topic, ToMessage(r))).ToList();
        try
        {
            var results = await Task.WhenAll(sending);
            return new Written([.. results.Select(r => (r.Partition.Value, r.Offset.Value))], null);
        }
        catch (ProduceException<string, string> e)
        {
            return new Written([], ToRefusal(e.Error));
        }
    }

    public Task<IReadOnlyList<ReadRecord>> ConsumeAsync(string topic, int count) => Task.Run(() =>
    {
        using var admin = Admin();
        using var consumer = Consumer("unused").Build();
        var partitions = admin.GetMetadata(topic, Patience).Topics[0].Partitions;
        consumer.Assign(partitions.Select(p => new TopicPartitionOffset(topic, p.PartitionId, Offset.Beginning)));
        var read = new List<ReadRecord>();
        for (var clock = Stopwatch.StartNew(); read.Count < count && clock.Elapsed < Patience;)
            if (consumer.Consume(TimeSpan.FromSeconds(1)) is { } result)
                read.Add(ToRecord(result));
        consumer.Close();
        return (IReadOnlyList<ReadRecord>)read;
    });

    public IGroupMember Join(string topic, string group, IReadOnlyDictionary<string, string>? environment = null) => new Member(Consumer(group), topic);

    IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.Bootstrap }).Build();

    ConsumerBuilder<string, string> Consumer(string group)
    {
        var config = new ConsumerConfig { BootstrapServers = broker.Bootstrap, GroupId = group, AutoOffsetReset = AutoOffsetReset.Earliest, EnableAutoCommit = false, GroupProtocol = protocol };
        // In the new protocol these are the broker's.
        if (protocol == GroupProtocol.Classic) (config.SessionTimeoutMs, config.HeartbeatIntervalMs) = (60000, 500);
        return new ConsumerBuilder<string, string>(config);
    }

    static Refusal ToRefusal(Error error) => new((int)error.Code, error.Reason);

    static Message<string, string> ToMessage(SentRecord record)
    {
        var headers = new Headers();
        foreach (var header in record.Headers)
            headers.Add(header[0], Encoding.UTF8.GetBytes(header[1]));
        return new Message<string, string> { Key = record.Key, Value = record.Value, Headers = headers };
    }

    static ReadRecord ToRecord(ConsumeResult<string, string> result)
    {
        var headers = result.Message.Headers.Select(h => new[] { h.Key, Encoding.UTF8.GetString(h.GetValueBytes()) });
        return new ReadRecord(result.Partition.Value, result.Offset.Value, result.Message.Key, result.Message.Value, [.. headers]);
    }

    sealed class Member : IGroupMember
    {
        readonly Lock _lock = new();
        readonly List<ReadRecord> _records = [];
        readonly CancellationTokenSource _leaving = new();
        readonly Task _reading;
        IReadOnlyList<int> _assigned = [];

        public Member(ConsumerBuilder<string, string> builder, string topic)
        {
            var consumer = builder
                .SetPartitionsAssignedHandler((_, partitions) => Assigned = [.. Assigned.Union(partitions.Select(p => p.Partition.Value))])
                .SetPartitionsRevokedHandler((_, partitions) => Assigned = [.. Assigned.Except(partitions.Select(p => p.Partition.Value))])
                .SetPartitionsLostHandler((_, partitions) => Assigned = [.. Assigned.Except(partitions.Select(p => p.Partition.Value))])
                .Build();
            consumer.Subscribe(topic);
            _reading = Task.Factory.StartNew(() => Read(consumer), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        public IReadOnlyList<int> Assigned
        {
            get
            {
                lock (_lock)
                    return _assigned;
            }
            private set
            {
                lock (_lock)
                    _assigned = value;
            }
        }

        public IReadOnlyList<ReadRecord> Records
        {
            get
            {
                lock (_lock)
                    return [.. _records];
            }
        }

        public async Task LeaveAsync()
        {
            await _leaving.CancelAsync();
            await _reading.WaitAsync(Patience);
        }

        public void Kill() => throw new NotSupportedException("It lives in this process.");

        public async ValueTask DisposeAsync()
        {
            await LeaveAsync();
            _leaving.Dispose();
        }

        void Read(IConsumer<string, string> consumer)
        {
            using (consumer)
            {
                while (!_leaving.IsCancellationRequested)
                {
                    if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { } result)
                        continue;
                    lock (_lock)
                        _records.Add(ToRecord(result));
                    consumer.Commit(result);
                }
                consumer.Close();
            }
        }
    }
}
