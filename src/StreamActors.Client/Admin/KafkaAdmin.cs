using StreamActors.Client.Consumer;
using StreamActors.Client.Errors;
using StreamActors.Client.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Admin;

/// <summary>
/// Administers a cluster. Each call tries again while the error is one that time heals, for
/// <see cref="KafkaClientOptions.ApiTimeout"/>, and then throws <see cref="KafkaException"/>.
/// </summary>
public sealed class KafkaAdmin(KafkaClientOptions options) : IAsyncDisposable
{
    private readonly ClientCore core = new(options);

    public ValueTask<CreatedTopic> CreateTopicAsync(NewTopic topic, bool validateOnly = false, CancellationToken cancellationToken = default) => core.RetryAsync(
        async () =>
        {
            var connection = await core.ControllerAsync();
            var response = await connection.SendAsync<CreateTopicsResponse>(new CreateTopicsRequest
            {
                TimeoutMs = TimeoutMs,
                ValidateOnly = validateOnly,
                Topics = [Creatable(topic)],
            });
            var result = Only(response.Topics);
            KafkaException.ThrowIfError(result.ErrorCode, $"Topic '{topic.Name}' was not created", result.ErrorMessage);
            return new CreatedTopic(topic.Name, new TopicId(result.TopicId), result.NumPartitions, result.ReplicationFactor);
        },
        cancellationToken);

    /// <exception cref="KafkaException">Among others: there is no such topic, which is said at once.</exception>
    public async ValueTask DeleteTopicAsync(string name, CancellationToken cancellationToken = default) => await core.RetryAsync(
        async () =>
        {
            var connection = await core.ControllerAsync();
            var request = new DeleteTopicsRequest { TimeoutMs = TimeoutMs };
            if (connection.Versions.Pick(ApiKey.DeleteTopics) >= 6) request.Topics = [new() { Name = name }];
            else request.TopicNames = [name];
            var result = Only((await connection.SendAsync<DeleteTopicsResponse>(request)).Responses);
            KafkaException.ThrowIfError(result.ErrorCode, $"Topic '{name}' was not deleted", result.ErrorMessage);
            return true;
        },
        cancellationToken,
        ErrorCode.UnknownTopicOrPartition);

    /// <summary>Makes it <paramref name="count"/> partitions in all.</summary>
    public async ValueTask CreatePartitionsAsync(string topic, int count, bool validateOnly = false, CancellationToken cancellationToken = default) =>
        await core.RetryAsync(
            async () =>
            {
                var connection = await core.ControllerAsync();
                var response = await connection.SendAsync<CreatePartitionsResponse>(new CreatePartitionsRequest
                {
                    TimeoutMs = TimeoutMs,
                    ValidateOnly = validateOnly,
                    Topics = [new() { Name = topic, Count = count, Assignments = null }],
                });
                var result = Only(response.Results);
                KafkaException.ThrowIfError(result.ErrorCode, $"Topic '{topic}' keeps its partitions", result.ErrorMessage);
                return true;
            },
            cancellationToken,
            ErrorCode.UnknownTopicOrPartition);

    /// <summary>All topics, in the order of their names.</summary>
    public ValueTask<IReadOnlyList<TopicMetadata>> ListTopicsAsync(bool includeInternal = false, CancellationToken cancellationToken = default) =>
        core.RetryAsync<IReadOnlyList<TopicMetadata>>(
            async () =>
            {
                var image = MetadataReader.Read(await core.Metadata.AskAsync(topics: null), ClusterImage.Empty);
                return [.. image.Topics.Values.Where(t => includeInternal || !t.IsInternal).OrderBy(t => t.Name, StringComparer.Ordinal)];
            },
            cancellationToken);

    /// <exception cref="KafkaException">Among others: there is no such topic, which is said at once.</exception>
    public ValueTask<TopicMetadata> DescribeTopicAsync(string name, CancellationToken cancellationToken = default) => core.RetryAsync(
        async () =>
        {
            var image = MetadataReader.Read(await core.Metadata.AskAsync([name]), ClusterImage.Empty);
            var topic = image.Topics.GetValueOrDefault(name);
            KafkaException.ThrowIfError((short)(topic?.Error ?? ErrorCode.UnknownTopicOrPartition), $"Topic '{name}'");
            return topic!;
        },
        cancellationToken,
        ErrorCode.UnknownTopicOrPartition);

    public ValueTask<ClusterImage> DescribeClusterAsync(CancellationToken cancellationToken = default) => core.RetryAsync(
        async () => MetadataReader.Read(await core.Metadata.AskAsync([]), ClusterImage.Empty), cancellationToken);

    /// <summary>The settings of a resource, in the order of their names, with the values in force.</summary>
    public ValueTask<IReadOnlyList<ConfigEntry>> DescribeConfigsAsync(ConfigResource resource, CancellationToken cancellationToken = default) =>
        core.RetryAsync<IReadOnlyList<ConfigEntry>>(
            async () =>
            {
                var connection = await ForAsync(resource);
                var withDocumentation = connection.Versions.Pick(ApiKey.DescribeConfigs) >= 3;
                var response = await connection.SendAsync<DescribeConfigsResponse>(new DescribeConfigsRequest
                {
                    Resources = [new() { ResourceType = (sbyte)resource.Type, ResourceName = resource.Name, ConfigurationKeys = null }],
                    IncludeDocumentation = withDocumentation,
                });
                var result = Only(response.Results);
                ThrowFor(resource, result.ErrorCode, result.ErrorMessage);
                return
                [
                    .. result.Configs.OrderBy(c => c.Name, StringComparer.Ordinal).Select(c => new ConfigEntry(
                        c.Name, c.Value, (ConfigSource)c.ConfigSource, c.ReadOnly, c.IsSensitive, c.Documentation)),
                ];
            },
            cancellationToken,
            ErrorCode.UnknownTopicOrPartition);

    /// <summary>Changes some settings of a resource, all or none; the others stay as they are.</summary>
    public async ValueTask AlterConfigsAsync(
        ConfigResource resource, IEnumerable<ConfigChange> changes, bool validateOnly = false, CancellationToken cancellationToken = default)
    {
        var request = new IncrementalAlterConfigsRequest
        {
            ValidateOnly = validateOnly,
            Resources =
            [
                new()
                {
                    ResourceType = (sbyte)resource.Type,
                    ResourceName = resource.Name,
                    Configs = [.. changes.Select(c => new IncrementalAlterConfigsRequest.AlterableConfig
                    {
                        Name = c.Name, ConfigOperation = (sbyte)c.Operation, Value = c.Value,
                    })],
                },
            ],
        };
        await core.RetryAsync(
            async () =>
            {
                var connection = await ForAsync(resource);
                var result = Only((await connection.SendAsync<IncrementalAlterConfigsResponse>(request)).Responses);
                ThrowFor(resource, result.ErrorCode, result.ErrorMessage);
                return true;
            },
            cancellationToken,
            ErrorCode.UnknownTopicOrPartition);
    }

    /// <summary>Offsets of partitions, by leader and in parallel.</summary>
    public async ValueTask<IReadOnlyDictionary<TopicPartition, ListedOffset>> ListOffsetsAsync(
        IReadOnlyDictionary<TopicPartition, OffsetSpec> wanted, IsolationLevel isolation = IsolationLevel.ReadUncommitted, CancellationToken cancellationToken = default)
    {
        var lookup = new OffsetLookup(core, isolation);
        var found = new Dictionary<TopicPartition, ListedOffset>();
        var deadline = core.After(core.Options.ApiTimeout);
        foreach (var topic in wanted.Keys.Select(p => p.Topic).Distinct(StringComparer.Ordinal))
            await core.Metadata.GetTopicAsync(topic, deadline, cancellationToken);
        return await core.RetryAsync(
            async () =>
            {
                var missing = wanted.Where(each => !found.ContainsKey(each.Key)).ToDictionary();
                KafkaException? error = null;
                foreach (var (partition, result) in await lookup.AskAsync(missing))
                {
                    if (result.Error is null) found[partition] = result.Offset;
                    else error = error is { Kind: not ErrorKind.Retriable } ? error : result.Error;
                }

                return error is null ? found : throw error;
            },
            cancellationToken);
    }

    /// <summary>The offsets that a group has committed; partitions without one are left out. Null for all partitions.</summary>
    public ValueTask<IReadOnlyDictionary<TopicPartition, CommittedOffset>> FetchGroupOffsetsAsync(
        string group, IReadOnlyCollection<TopicPartition>? partitions = null, CancellationToken cancellationToken = default) =>
        core.RetryAsync(() => new GroupOffsets(core, group).FetchAsync(partitions), cancellationToken);

    /// <summary>Commits offsets for a group that has no members.</summary>
    public async ValueTask CommitGroupOffsetsAsync(
        string group, IReadOnlyDictionary<TopicPartition, CommittedOffset> offsets, CancellationToken cancellationToken = default) =>
        await core.RetryAsync(() => new GroupOffsets(core, group).CommitAsync(offsets), cancellationToken);

    public ValueTask DisposeAsync()
    {
        core.Dispose();
        return ValueTask.CompletedTask;
    }

    private int TimeoutMs => (int)core.Options.RequestTimeout.TotalMilliseconds;

    /// <summary>Settings of one broker are known to that broker alone.</summary>
    private Task<Connections.KafkaClientConnection> ForAsync(ConfigResource resource) =>
        resource.Type is ConfigResourceType.Broker or ConfigResourceType.BrokerLogger && int.TryParse(resource.Name, out var broker)
            ? core.BrokerAsync(new BrokerId(broker))
            : core.ControllerAsync();

    private static void ThrowFor(ConfigResource resource, short code, string? message) =>
        KafkaException.ThrowIfError(code, $"Settings of {resource.Type.ToString().ToLowerInvariant()} '{resource.Name}'", message);

    private static T Only<T>(List<T> results) => results.Count == 1
        ? results[0]
        : throw new KafkaException(ErrorCode.NetworkException, $"The broker's answer has {results.Count} results, where 1 was asked for.");

    private static CreateTopicsRequest.CreatableTopic Creatable(NewTopic topic) => new()
    {
        Name = topic.Name,
        NumPartitions = topic.Partitions,
        ReplicationFactor = topic.ReplicationFactor,
        Configs = [.. topic.Configs.Select(c => new CreateTopicsRequest.CreatableTopicConfig { Name = c.Key, Value = c.Value })],
        Assignments =
        [
            .. (topic.Assignments ?? new Dictionary<int, IReadOnlyList<BrokerId>>()).Select(a => new CreateTopicsRequest.CreatableReplicaAssignment
            {
                PartitionIndex = a.Key, BrokerIds = [.. a.Value.Select(b => b.Value)],
            }),
        ],
    };
}
