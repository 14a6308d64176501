using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Admin;

/// <summary>Offsets that a group has committed, at its coordinator, without being a member.</summary>
internal sealed class GroupOffsets(ClientCore core, string group)
{
    /// <summary>From version 10 on topics are named by their ids; names do as well, and need no metadata.</summary>
    private const short LastVersionWithNames = 9;

    public async Task<IReadOnlyDictionary<TopicPartition, CommittedOffset>> FetchAsync(IReadOnlyCollection<TopicPartition>? partitions)
    {
        var connection = await CoordinatorAsync();
        var byTopic = partitions?.GroupBy(p => p.Topic).ToArray();
        var request = new OffsetFetchRequest();
        if (connection.Versions.Pick(ApiKey.OffsetFetch, LastVersionWithNames) >= 8)
        {
            request.Groups.Add(new OffsetFetchRequest.OffsetFetchRequestGroup
            {
                GroupId = group,
                Topics = byTopic?.Select(t => new OffsetFetchRequest.OffsetFetchRequestTopics
                {
                    Name = t.Key,
                    PartitionIndexes = [.. t.Select(p => p.Partition)],
                }).ToList(),
            });
        }
        else
        {
            request.GroupId = group;
            request.Topics = byTopic?.Select(t => new OffsetFetchRequest.OffsetFetchRequestTopic
            {
                Name = t.Key,
                PartitionIndexes = [.. t.Select(p => p.Partition)],
            }).ToList();
        }

        var response = await connection.SendAsync<OffsetFetchResponse>(request, LastVersionWithNames);
        return Read(response).Where(each => each.Value.Offset.Value >= 0).ToDictionary();
    }

    public async Task<bool> CommitAsync(IReadOnlyDictionary<TopicPartition, CommittedOffset> offsets)
    {
        var connection = await CoordinatorAsync();
        var response = await connection.SendAsync<OffsetCommitResponse>(
            new OffsetCommitRequest
            {
                GroupId = group,
                GenerationIdOrMemberEpoch = -1,
                MemberId = "",
                Topics =
                [
                    .. offsets.GroupBy(each => each.Key.Topic).Select(topic => new OffsetCommitRequest.OffsetCommitRequestTopic
                    {
                        Name = topic.Key,
                        Partitions =
                        [
                            .. topic.Select(each => new OffsetCommitRequest.OffsetCommitRequestPartition
                            {
                                PartitionIndex = each.Key.Partition,
                                CommittedOffset = each.Value.Offset.Value,
                                CommittedLeaderEpoch = each.Value.LeaderEpoch.Value,
                                CommittedMetadata = each.Value.Metadata,
                            }),
                        ],
                    }),
                ],
            },
            LastVersionWithNames);
        foreach (var topic in response.Topics)
        {
            foreach (var partition in topic.Partitions)
                KafkaException.ThrowIfError(partition.ErrorCode, $"Offset of {topic.Name}-{partition.PartitionIndex} for group '{group}'");
        }

        return true;
    }

    private IEnumerable<KeyValuePair<TopicPartition, CommittedOffset>> Read(OffsetFetchResponse response)
    {
        KafkaException.ThrowIfError(response.ErrorCode, $"Offsets of group '{group}'");
        foreach (var topic in response.Topics)
        {
            foreach (var p in topic.Partitions)
                yield return Entry(topic.Name, p.PartitionIndex, p.ErrorCode, p.CommittedOffset, p.CommittedLeaderEpoch, p.Metadata);
        }

        foreach (var each in response.Groups)
        {
            KafkaException.ThrowIfError(each.ErrorCode, $"Offsets of group '{group}'");
            foreach (var topic in each.Topics)
            {
                foreach (var p in topic.Partitions)
                    yield return Entry(topic.Name, p.PartitionIndex, p.ErrorCode, p.CommittedOffset, p.CommittedLeaderEpoch, p.Metadata);
            }
        }
    }

    private KeyValuePair<TopicPartition, CommittedOffset> Entry(string topic, int partition, short error, long offset, int epoch, string? metadata)
    {
        KafkaException.ThrowIfError(error, $"Offset of {topic}-{partition} for group '{group}'");
        return KeyValuePair.Create(new TopicPartition(topic, partition), new CommittedOffset(new Offset(offset), new LeaderEpoch(epoch), metadata));
    }

    private async Task<KafkaClientConnection> CoordinatorAsync() => (await GroupCoordinator.FindAsync(core, group)).Connection;
}
