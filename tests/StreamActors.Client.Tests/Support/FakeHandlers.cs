using StreamActors.Client.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Wire;

namespace StreamActors.Client.Tests.Support;

/// <summary>A partition of the fake: batches as they came, with the checks of an idempotent broker.</summary>
internal sealed class FakeLog
{
    private readonly Dictionary<(long Id, short Epoch), int> nextSequences = [];

    public List<byte[]> Batches { get; } = [];

    public long NextOffset { get; private set; }

    public int MaxMessageBytes { get; set; } = int.MaxValue;

    public long FirstOffset { get; set; }

    public (ErrorCode Error, long BaseOffset) Append(ReadOnlyMemory<byte> records)
    {
        var batch = records.ToArray();
        var header = new RecordBatchHeader(batch);
        if (batch.Length > MaxMessageBytes) return (ErrorCode.MessageTooLarge, -1);
        if (header.HasProducerId)
        {
            var key = (header.ProducerId, header.ProducerEpoch);
            var expected = nextSequences.GetValueOrDefault(key);
            if (header.BaseSequence < expected) return (ErrorCode.DuplicateSequenceNumber, -1);
            if (header.BaseSequence > expected) return (ErrorCode.OutOfOrderSequenceNumber, -1);
            nextSequences[key] = expected + header.Count;
        }

        var offset = NextOffset;
        RecordBatchStamp.OffsetAndEpoch(batch, offset, 3);
        Batches.Add(batch);
        NextOffset += header.Count;
        return (ErrorCode.None, offset);
    }

    public IEnumerable<string> Values() => Batches.SelectMany(batch =>
    {
        var values = new List<string>();
        new RecordBatch(batch).Open(int.MaxValue, out var opened);
        using (opened)
        {
            var reader = opened.Read();
            while (reader.MoveNext()) values.Add(System.Text.Encoding.UTF8.GetString(reader.Current.Value!.Value.Span));
        }

        return values;
    });
}

/// <summary>What an ordinary broker answers.</summary>
internal static class FakeHandlers
{
    public static IResponseMessage? Answer(FakeCluster cluster, FakeBroker broker, IRequestMessage request, short version)
    {
        lock (cluster)
        {
            return request switch
            {
                ApiVersionsRequest => broker.Versions,
                MetadataRequest metadata => Metadata(cluster, metadata),
                InitProducerIdRequest => new InitProducerIdResponse { ProducerId = 4711, ProducerEpoch = 0 },
                ProduceRequest produce => Produce(cluster, broker, produce, version),
                ListOffsetsRequest offsets => ListOffsets(cluster, offsets),
                FetchRequest fetch => Fetch(cluster, broker, fetch, version),
                _ => throw new NotSupportedException($"The fake does not answer {request.ApiKey}."),
            };
        }
    }

    public static bool IsEmpty(IResponseMessage? response) =>
        response is FetchResponse fetch && fetch.Responses.TrueForAll(t => t.Partitions.TrueForAll(p => p.Records.Length == 0 && p.ErrorCode == 0));

    private static MetadataResponse Metadata(FakeCluster cluster, MetadataRequest request) => new()
    {
        ClusterId = "fake",
        ControllerId = 1,
        Brokers = [.. cluster.Brokers.Select(b => new MetadataResponse.MetadataResponseBroker { NodeId = b.Id, Host = $"broker{b.Id}", Port = 9092 })],
        Topics =
        [
            .. (request.Topics?.Select(t => t.Name!) ?? cluster.Topics.Keys).Select(name => cluster.Topics.TryGetValue(name, out var topic)
                ? Topic(name, topic)
                : new MetadataResponse.MetadataResponseTopic { Name = name, ErrorCode = (short)ErrorCode.UnknownTopicOrPartition }),
        ],
    };

    private static MetadataResponse.MetadataResponseTopic Topic(string name, FakeTopic topic) => new()
    {
        Name = name,
        TopicId = topic.Id,
        Partitions =
        [
            .. topic.Leaders.Select((leader, index) => new MetadataResponse.MetadataResponsePartition
            {
                PartitionIndex = index, LeaderId = leader, LeaderEpoch = topic.LeaderEpoch, ReplicaNodes = [leader], IsrNodes = [leader],
            }),
        ],
    };

    private static ProduceResponse? Produce(FakeCluster cluster, FakeBroker broker, ProduceRequest request, short version)
    {
        var response = new ProduceResponse();
        foreach (var topic in request.TopicData)
        {
            var name = version >= 13 ? cluster.NameOf(topic.TopicId) : topic.Name;
            var answer = new ProduceResponse.TopicProduceResponse { Name = topic.Name, TopicId = topic.TopicId };
            foreach (var partition in topic.PartitionData)
            {
                var isLeader = cluster.Topics[name].Leaders[partition.Index] == broker.Id;
                var (error, offset) = isLeader
                    ? cluster.Logs[new TopicPartition(name, partition.Index)].Append(partition.Records.Memory)
                    : (ErrorCode.NotLeaderOrFollower, -1L);
                answer.PartitionResponses.Add(new() { Index = partition.Index, ErrorCode = (short)error, BaseOffset = offset });
            }

            response.Responses.Add(answer);
        }

        return request.Acks == 0 ? null : response;
    }

    private static ListOffsetsResponse ListOffsets(FakeCluster cluster, ListOffsetsRequest request) => new()
    {
        Topics =
        [
            .. request.Topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
            {
                Name = topic.Name,
                Partitions =
                [
                    .. topic.Partitions.Select(p => new ListOffsetsResponse.ListOffsetsPartitionResponse
                    {
                        PartitionIndex = p.PartitionIndex,
                        Offset = p.Timestamp switch
                        {
                            -1 => cluster.Logs[new TopicPartition(topic.Name, p.PartitionIndex)].NextOffset,
                            -2 => cluster.Logs[new TopicPartition(topic.Name, p.PartitionIndex)].FirstOffset,
                            _ => -1,
                        },
                    }),
                ],
            }),
        ],
    };

    private static FetchResponse Fetch(FakeCluster cluster, FakeBroker broker, FetchRequest request, short version)
    {
        var response = new FetchResponse();
        foreach (var topic in request.Topics)
        {
            var name = version >= 13 ? cluster.NameOf(topic.TopicId) : topic.Topic;
            var answer = new FetchResponse.FetchableTopicResponse { Topic = topic.Topic, TopicId = topic.TopicId };
            foreach (var partition in topic.Partitions)
            {
                var log = cluster.Logs[new TopicPartition(name, partition.Partition)];
                var error = cluster.Topics[name].Leaders[partition.Partition] != broker.Id ? ErrorCode.NotLeaderOrFollower
                    : partition.FetchOffset > log.NextOffset || partition.FetchOffset < log.FirstOffset ? ErrorCode.OffsetOutOfRange
                    : ErrorCode.None;
                var batches = log.Batches.Where(b => new RecordBatchHeader(b).NextOffset > partition.FetchOffset).Take(3).SelectMany(b => b).ToArray();
                answer.Partitions.Add(new()
                {
                    PartitionIndex = partition.Partition,
                    ErrorCode = (short)error,
                    HighWatermark = log.NextOffset,
                    Records = error == ErrorCode.None ? new RecordsData(batches) : RecordsData.Empty,
                });
            }

            response.Responses.Add(answer);
        }

        return response;
    }
}
