using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Client.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Consumer;

/// <summary>One Fetch request to one leader, without a session, and its answer by partition.</summary>
internal static class FetchExchange
{
    private const short LastVersionWithNames = 12;

    public static async Task<Dictionary<TopicPartition, FetchResponse.PartitionData>> SendAsync(
        KafkaClientConnection connection, IReadOnlyList<(TopicPartition Partition, Offset Offset)> wanted, ClusterImage image, ConsumerOptions options, TimeSpan requestTimeout)
    {
        var request = new FetchRequest
        {
            MaxWaitMs = (int)options.FetchMaxWait.TotalMilliseconds,
            MinBytes = options.FetchMinBytes,
            MaxBytes = options.FetchMaxBytes,
            IsolationLevel = (sbyte)options.IsolationLevel,
            SessionId = 0,
            SessionEpoch = -1,
        };
        var names = new Dictionary<Guid, string>();
        foreach (var topic in wanted.GroupBy(each => each.Partition.Topic))
        {
            var id = image.Topic(topic.Key)!.TopicId.Value;
            names[id] = topic.Key;
            request.Topics.Add(new FetchRequest.FetchTopic
            {
                Topic = topic.Key,
                TopicId = id,
                Partitions =
                [
                    .. topic.Select(each => new FetchRequest.FetchPartition
                    {
                        Partition = each.Partition.Partition,
                        CurrentLeaderEpoch = image.Partition(each.Partition)!.LeaderEpoch.Value,
                        FetchOffset = each.Offset.Value,
                        PartitionMaxBytes = options.MaxPartitionFetchBytes,
                    }),
                ],
            });
        }

        var cap = names.ContainsKey(Guid.Empty) ? LastVersionWithNames : short.MaxValue;
        var response = await connection.SendAsync<FetchResponse>(request, cap, requestTimeout + options.FetchMaxWait);
        KafkaException.ThrowIfError(response.ErrorCode, "Fetch");
        var answers = new Dictionary<TopicPartition, FetchResponse.PartitionData>();
        foreach (var topic in response.Responses)
        {
            var name = topic.Topic.Length > 0 ? topic.Topic : names.GetValueOrDefault(topic.TopicId);
            if (name is null) continue;
            foreach (var partition in topic.Partitions) answers[new TopicPartition(name, partition.PartitionIndex)] = partition;
        }

        return answers;
    }
}
