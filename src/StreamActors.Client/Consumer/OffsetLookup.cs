using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Client.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Consumer;

/// <summary>What a consumer may see of transactions.</summary>
public enum IsolationLevel : sbyte
{
    ReadUncommitted = 0,
    ReadCommitted = 1,
}

/// <summary>An offset that was looked up.</summary>
/// <param name="Offset">-1 where there is no record of that time or later.</param>
/// <param name="Timestamp">The record's; none for earliest and latest.</param>
/// <param name="LeaderEpoch">Of the record; none where it is not known.</param>
public readonly record struct ListedOffset(Offset Offset, TimestampMs Timestamp, LeaderEpoch LeaderEpoch);

/// <summary>Asks the leaders of partitions for offsets by time (ListOffsets).</summary>
internal sealed class OffsetLookup(ClientCore core, IsolationLevel isolation)
{
    public readonly record struct Result(ListedOffset Offset, KafkaException? Error);

    /// <summary>Asks once. Whatever goes wrong is the result of the partitions concerned.</summary>
    public async Task<Dictionary<TopicPartition, Result>> AskAsync(IReadOnlyDictionary<TopicPartition, OffsetSpec> wanted)
    {
        var results = new Dictionary<TopicPartition, Result>();
        var image = core.Metadata.Current;
        foreach (var partition in wanted.Keys.Where(p => image.LeaderOf(p) is null))
        {
            core.Metadata.Invalidate();
            results[partition] = Failed(new KafkaException(ErrorCode.LeaderNotAvailable, $"{partition} has no leader that is known."));
        }

        var exchanges = wanted.Where(each => image.LeaderOf(each.Key) is not null)
            .GroupBy(each => image.LeaderOf(each.Key)!)
            .Select(group => AskLeaderAsync(group.Key, [.. group], image))
            .ToList();
        foreach (var exchange in exchanges)
        {
            foreach (var (partition, result) in await exchange)
            {
                results[partition] = result;
                if (result.Error is { } error && error.Code.IsAboutMetadata()) core.Metadata.Invalidate();
            }
        }

        return results;
    }

    private async Task<List<KeyValuePair<TopicPartition, Result>>> AskLeaderAsync(
        BrokerNode leader, KeyValuePair<TopicPartition, OffsetSpec>[] wanted, ClusterImage image)
    {
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            IsolationLevel = (sbyte)isolation,
            TimeoutMs = (int)core.Options.RequestTimeout.TotalMilliseconds,
            Topics =
            [
                .. wanted.GroupBy(each => each.Key.Topic).Select(topic => new ListOffsetsRequest.ListOffsetsTopic
                {
                    Name = topic.Key,
                    Partitions =
                    [
                        .. topic.Select(each => new ListOffsetsRequest.ListOffsetsPartition
                        {
                            PartitionIndex = each.Key.Partition,
                            CurrentLeaderEpoch = image.Partition(each.Key)!.LeaderEpoch.Value,
                            Timestamp = each.Value.Timestamp,
                        }),
                    ],
                }),
            ],
        };
        try
        {
            var connection = await core.Pool.GetAsync(leader.Address);
            var response = await connection.SendAsync<ListOffsetsResponse>(request);
            var told = response.Topics
                .SelectMany(t => t.Partitions.Select(p => KeyValuePair.Create(new TopicPartition(t.Name, p.PartitionIndex), Read(p, t.Name))))
                .ToDictionary();
            return
            [
                .. wanted.Select(each => KeyValuePair.Create(
                    each.Key, told.TryGetValue(each.Key, out var result) ? result : Failed(LeftOut(each.Key)))),
            ];
        }
        catch (KafkaException e)
        {
            return [.. wanted.Select(each => KeyValuePair.Create(each.Key, Failed(e)))];
        }
    }

    private static Result Read(ListOffsetsResponse.ListOffsetsPartitionResponse partition, string topic) => partition.ErrorCode != 0
        ? Failed(KafkaException.Of((ErrorCode)partition.ErrorCode, $"Offsets of {topic}-{partition.PartitionIndex}"))
        : new Result(
            new ListedOffset(new Offset(partition.Offset), new TimestampMs(partition.Timestamp), new LeaderEpoch(partition.LeaderEpoch)), null);

    private static KafkaException LeftOut(TopicPartition partition) => new(ErrorCode.NetworkException, $"The broker's answer leaves {partition} out.");

    private static Result Failed(KafkaException error) => new(default, error);
}
