using StreamActors.Client.Consumer;
using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Admin;

/// <summary>
/// Looks at consumer groups and administers them. Works with every Kafka broker; ours tell more. Each call tries again while the error is one that time
/// heals, for <see cref="KafkaClientOptions.ApiTimeout"/>, and then throws <see cref="KafkaException"/>.
/// </summary>
public sealed class KafkaGroups(KafkaClientOptions options) : IAsyncDisposable
{
    private readonly ClientCore core = new(options);
    private readonly KafkaAdmin admin = new(options);

    /// <summary>The groups of all brokers, in the order of their names. Empty filters are none.</summary>
    public ValueTask<IReadOnlyList<GroupListing>> ListAsync(
        IReadOnlyCollection<string>? states = null, IReadOnlyCollection<string>? types = null, CancellationToken cancellationToken = default) =>
        core.RetryAsync<IReadOnlyList<GroupListing>>(
            async () =>
            {
                await core.Metadata.RefreshAsync();
                var listed = new List<GroupListing>();
                foreach (var broker in core.Metadata.Current.Brokers.Values)
                {
                    var connection = await core.Pool.GetAsync(broker.Address);
                    var version = connection.Versions.Pick(ApiKey.ListGroups);
                    var request = new ListGroupsRequest();
                    if (version >= 4) request.StatesFilter = [.. states ?? []];
                    if (version >= 5) request.TypesFilter = [.. types ?? []];
                    var response = await connection.SendAsync<ListGroupsResponse>(request);
                    KafkaException.ThrowIfError(response.ErrorCode, "Groups cannot be listed");
                    listed.AddRange(response.Groups.Select(group => new GroupListing(group.GroupId, group.GroupType.ToLowerInvariant(), group.GroupState, group.ProtocolType, broker.Id)));
                }

                return [.. listed.OrderBy(group => group.GroupId, StringComparer.Ordinal)];
            },
            cancellationToken);

    /// <summary>A group with its members and how far it is.</summary>
    /// <exception cref="KafkaException">Among others GROUP_ID_NOT_FOUND.</exception>
    public async ValueTask<GroupDescription> DescribeAsync(string groupId, CancellationToken cancellationToken = default)
    {
        var group = await core.RetryAsync(
            async () =>
            {
                var coordinator = await GroupCoordinator.FindAsync(core, groupId);
                return coordinator.Connection.Versions.Find(ApiKey.DescribeGroupProgress) is not null
                    ? await new GroupProgressReader(core).DescribeAsync(coordinator, groupId)
                    : await GroupDescriptionReader.DescribeAsync(coordinator, groupId);
            },
            cancellationToken);
        return group.Now is null ? await WithOffsetsAsync(group, cancellationToken) : group;
    }

    /// <summary>How far partitions of one leader have come, seen from offsets in them. Only our own brokers tell; asked once.</summary>
    public async ValueTask<IReadOnlyList<GroupPartition>> DescribePartitionsAsync(BrokerId leader, IReadOnlyDictionary<TopicPartition, Offset> positions)
    {
        if (core.Metadata.IsStale) await core.Metadata.RefreshAsync();
        try
        {
            return await new GroupProgressReader(core).DescribePartitionsAsync(leader, positions);
        }
        catch (KafkaException)
        {
            // It may be somewhere else by now.
            core.Metadata.Invalidate();
            throw;
        }
    }

    /// <summary>The offsets that a group has committed; none for a group that does not exist.</summary>
    public ValueTask<IReadOnlyDictionary<TopicPartition, CommittedOffset>> OffsetsAsync(string groupId, CancellationToken cancellationToken = default) =>
        admin.FetchGroupOffsetsAsync(groupId, cancellationToken: cancellationToken);

    /// <exception cref="KafkaException">Among others NON_EMPTY_GROUP and GROUP_ID_NOT_FOUND.</exception>
    public async ValueTask DeleteAsync(string groupId, CancellationToken cancellationToken = default) => await core.RetryAsync(
        async () =>
        {
            var (_, connection) = await GroupCoordinator.FindAsync(core, groupId);
            var response = await connection.SendAsync<DeleteGroupsResponse>(new DeleteGroupsRequest { GroupsNames = [groupId] });
            KafkaException.ThrowIfError(response.Results.Single().ErrorCode, $"Group '{groupId}' was not deleted");
            return true;
        },
        cancellationToken);

    /// <summary>Commits offsets for a group that has no members.</summary>
    public ValueTask CommitAsync(string groupId, IReadOnlyDictionary<TopicPartition, CommittedOffset> offsets, CancellationToken cancellationToken = default) =>
        admin.CommitGroupOffsetsAsync(groupId, offsets, cancellationToken);

    /// <summary>Forgets offsets that a group has committed. A group that does not exist has none.</summary>
    public async ValueTask ForgetAsync(string groupId, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellationToken = default) => await core.RetryAsync(
        async () =>
        {
            var (_, connection) = await GroupCoordinator.FindAsync(core, groupId);
            var response = await connection.SendAsync<OffsetDeleteResponse>(new OffsetDeleteRequest
            {
                GroupId = groupId,
                Topics = [.. partitions.GroupBy(each => each.Topic, StringComparer.Ordinal).Select(topic => new OffsetDeleteRequest.OffsetDeleteRequestTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(each => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = each.Partition })],
                })],
            });
            if (response.ErrorCode == (short)ErrorCode.GroupIdNotFound) return true;
            KafkaException.ThrowIfError(response.ErrorCode, $"Offsets of group '{groupId}'");
            foreach (var topic in response.Topics)
            {
                foreach (var partition in topic.Partitions) KafkaException.ThrowIfError(partition.ErrorCode, $"Offset of {topic.Name}-{partition.PartitionIndex} for group '{groupId}'");
            }

            return true;
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        core.Dispose();
        await admin.DisposeAsync();
    }

    /// <summary>What other brokers do not tell in one answer: committed offsets, and the ends of the partitions.</summary>
    private async Task<GroupDescription> WithOffsetsAsync(GroupDescription group, CancellationToken cancellationToken)
    {
        var committed = await OffsetsAsync(group.GroupId, cancellationToken);
        var owners = group.Members.SelectMany(member => member.Assigned.Select(partition => KeyValuePair.Create(partition, member.MemberId)))
            .DistinctBy(each => each.Key).ToDictionary();
        var partitions = committed.Keys.Union(owners.Keys).OrderBy(each => each.Topic, StringComparer.Ordinal).ThenBy(each => each.Partition).ToArray();
        var topics = (await admin.ListTopicsAsync(includeInternal: true, cancellationToken)).ToDictionary(topic => topic.Name, StringComparer.Ordinal);
        var errors = partitions.ToDictionary(each => each, each =>
            !topics.TryGetValue(each.Topic, out var topic) || each.Partition >= topic.Partitions.Length ? ErrorCode.UnknownTopicOrPartition
            : topic.Partitions[each.Partition].Leader.Value < 0 ? ErrorCode.LeaderNotAvailable
            : ErrorCode.None);
        var there = partitions.Where(each => errors[each] == ErrorCode.None).ToArray();
        var starts = await EndsAsync(there, OffsetSpec.Earliest, IsolationLevel.ReadUncommitted, cancellationToken);
        var ends = await EndsAsync(there, OffsetSpec.Latest, IsolationLevel.ReadUncommitted, cancellationToken);
        var stable = await EndsAsync(there, OffsetSpec.Latest, IsolationLevel.ReadCommitted, cancellationToken);
        return group with
        {
            Partitions = [.. partitions.Select(each => new GroupPartition(each)
            {
                Committed = committed.TryGetValue(each, out var offset) ? offset.Offset.Value : null,
                OwnerMemberId = owners.GetValueOrDefault(each),
                Error = errors[each],
                Leader = errors[each] == ErrorCode.None ? topics[each.Topic].Partitions[each.Partition].Leader : BrokerId.None,
                LogStart = Value(starts, each),
                LastStable = Value(stable, each),
                End = Value(ends, each),
            })],
        };
    }

    private async Task<IReadOnlyDictionary<TopicPartition, ListedOffset>> EndsAsync(
        TopicPartition[] partitions, OffsetSpec spec, IsolationLevel isolation, CancellationToken cancellationToken) =>
        partitions.Length == 0
            ? new Dictionary<TopicPartition, ListedOffset>()
            : await admin.ListOffsetsAsync(partitions.ToDictionary(each => each, _ => spec), isolation, cancellationToken);

    private static long? Value(IReadOnlyDictionary<TopicPartition, ListedOffset> offsets, TopicPartition partition) =>
        offsets.TryGetValue(partition, out var offset) ? offset.Offset.Value : null;
}
