using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>OffsetFetch (9), in the form of version 8: several groups in one request.</summary>
internal static class OffsetFetches
{
    private const long NoOffset = -1;

    public static OffsetFetchResponse Fetch(OffsetFetchRequest request, Func<string, Group?> find) => new()
    {
        Groups = request.Groups.ConvertAll(group => Fetch(group, find(group.GroupId))),
    };

    /// <summary>A group that does not exist has no offsets; that is not an error.</summary>
    private static OffsetFetchResponse.OffsetFetchResponseGroup Fetch(OffsetFetchRequest.OffsetFetchRequestGroup request, Group? group)
    {
        var response = new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = request.GroupId };
        if (group?.Consumer is { } consumers && ConsumerFence.CheckFetch(consumers, request.MemberId, request.MemberEpoch) is var error and not ErrorCode.None)
        {
            response.ErrorCode = (short)error;
            return response;
        }

        if (request.Topics is { } asked)
        {
            foreach (var topic in asked)
            {
                response.Topics.Add(new OffsetFetchResponse.OffsetFetchResponseTopics
                {
                    Name = topic.Name,
                    TopicId = topic.TopicId,
                    Partitions = topic.PartitionIndexes.ConvertAll(index => Answer(index, group?.Offsets.Find(topic.Name, index))),
                });
            }
        }
        else if (group is not null)
        {
            foreach (var (name, partitions) in group.Offsets.Topics)
            {
                response.Topics.Add(new OffsetFetchResponse.OffsetFetchResponseTopics
                {
                    Name = name,
                    Partitions = [.. partitions.Select(partition => Answer(partition.Key, partition.Value))],
                });
            }
        }

        return response;
    }

    private static OffsetFetchResponse.OffsetFetchResponsePartitions Answer(int partition, CommittedOffset? offset) => new()
    {
        PartitionIndex = partition,
        CommittedOffset = offset?.Offset ?? NoOffset,
        CommittedLeaderEpoch = offset?.LeaderEpoch ?? -1,
        Metadata = offset?.Metadata ?? "",
    };
}
