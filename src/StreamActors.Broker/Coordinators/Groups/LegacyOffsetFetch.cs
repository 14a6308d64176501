using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>OffsetFetch up to version 7: one group, and errors in other places.</summary>
internal static class LegacyOffsetFetch
{
    public const short SeveralGroupsSince = 8;

    private const short GroupErrorSince = 2;

    public static OffsetFetchRequest ToGroups(OffsetFetchRequest request) => new()
    {
        RequireStable = request.RequireStable,
        Groups =
        [
            new OffsetFetchRequest.OffsetFetchRequestGroup
            {
                GroupId = request.GroupId,
                Topics = request.Topics?.ConvertAll(topic => new OffsetFetchRequest.OffsetFetchRequestTopics
                {
                    Name = topic.Name,
                    PartitionIndexes = topic.PartitionIndexes,
                }),
            },
        ],
    };

    public static OffsetFetchResponse FromGroups(OffsetFetchRequest request, OffsetFetchResponse.OffsetFetchResponseGroup group, short version)
    {
        if (group.ErrorCode != (short)ErrorCode.None && version < GroupErrorSince) return ErrorPerPartition(request, group.ErrorCode);
        return new OffsetFetchResponse
        {
            ErrorCode = group.ErrorCode,
            Topics = group.Topics.ConvertAll(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
            {
                Name = topic.Name,
                Partitions = topic.Partitions.ConvertAll(partition => new OffsetFetchResponse.OffsetFetchResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    CommittedOffset = partition.CommittedOffset,
                    CommittedLeaderEpoch = partition.CommittedLeaderEpoch,
                    Metadata = partition.Metadata,
                    ErrorCode = partition.ErrorCode,
                }),
            }),
        };
    }

    private static OffsetFetchResponse ErrorPerPartition(OffsetFetchRequest request, short error) => new()
    {
        Topics = (request.Topics ?? []).ConvertAll(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
        {
            Name = topic.Name,
            Partitions = topic.PartitionIndexes.ConvertAll(index => new OffsetFetchResponse.OffsetFetchResponsePartition
            {
                PartitionIndex = index,
                CommittedOffset = -1,
                Metadata = "",
                ErrorCode = error,
            }),
        }),
    };
}
