using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>CreateTopics: each topic of a request is judged by itself; those that are good become one event.</summary>
internal sealed class TopicCreation(ControllerSettings settings, Func<Guid> ids)
{
    public ControllerDecision Decide(MetadataImage image, CreateTopicsRequest request)
    {
        var response = new CreateTopicsResponse();
        var records = new List<IRecordMessage>();
        var repeated = request.Topics.GroupBy(topic => topic.Name, StringComparer.Ordinal).Where(group => group.Count() > 1)
            .Select(group => group.Key).ToHashSet(StringComparer.Ordinal);
        var taken = image.Topics.Keys.Select(TopicNames.CollisionKey).ToHashSet(StringComparer.Ordinal);
        var budget = settings.MaxPartitionsPerRequest;
        foreach (var topic in request.Topics.DistinctBy(topic => topic.Name, StringComparer.Ordinal))
        {
            var refusal = repeated.Contains(topic.Name)
                ? new Refusal(ErrorCode.InvalidRequest, "Duplicate topic name.")
                : Judge(image, topic, taken, budget);
            if (refusal is not null)
            {
                response.Topics.Add(Refused(topic.Name, refusal));
                continue;
            }

            var placed = Placement(image, topic, out refusal);
            if (refusal is not null)
            {
                response.Topics.Add(Refused(topic.Name, refusal));
                continue;
            }

            budget -= placed.Count;
            taken.Add(TopicNames.CollisionKey(topic.Name));
            var id = request.ValidateOnly ? Guid.Empty : ids();
            response.Topics.Add(Created(image, topic, id, placed));
            if (!request.ValidateOnly) records.AddRange(Records(topic, id, placed));
        }

        return new ControllerDecision(records, response);
    }

    private sealed record Refusal(ErrorCode Error, string Message);

    private Refusal? Judge(MetadataImage image, CreateTopicsRequest.CreatableTopic topic, HashSet<string> taken, int budget)
    {
        if (TopicNames.Fault(topic.Name) is { } fault) return new Refusal(ErrorCode.InvalidTopicException, fault);
        if (image.Topic(topic.Name) is not null) return new Refusal(ErrorCode.TopicAlreadyExists, $"Topic '{topic.Name}' already exists.");
        if (taken.Contains(TopicNames.CollisionKey(topic.Name)))
        {
            var other = image.Topics.Keys.FirstOrDefault(name => TopicNames.CollisionKey(name) == TopicNames.CollisionKey(topic.Name));
            return new Refusal(ErrorCode.InvalidTopicException, $"Topic '{topic.Name}' collides with existing topic: {other}");
        }

        if (topic.NumPartitions > budget)
        {
            return new Refusal(ErrorCode.PolicyViolation, $"A request may create {budget} more partitions at most, not {topic.NumPartitions}.");
        }

        foreach (var config in topic.Configs)
        {
            if (ConfigChanges.TopicConfigFault(config.Name, config.Value, settings.AllowsInternalConfigs) is { } wrong) return new Refusal(ErrorCode.InvalidConfig, wrong);
        }

        return null;
    }

    private List<List<int>> Placement(MetadataImage image, CreateTopicsRequest.CreatableTopic topic, out Refusal? refusal)
    {
        refusal = null;
        if (topic.Assignments.Count > 0)
        {
            if (topic.ReplicationFactor != -1)
                refusal = new Refusal(ErrorCode.InvalidRequest, "A manual partition assignment was specified, but replication factor was not set to -1.");
            else if (topic.NumPartitions != -1)
                refusal = new Refusal(ErrorCode.InvalidRequest, "A manual partition assignment was specified, but numPartitions was not set to -1.");
            return refusal is not null ? [] : Assigned(image, topic, out refusal);
        }

        var factor = topic.ReplicationFactor == -1 ? settings.DefaultReplicationFactor : topic.ReplicationFactor;
        var partitions = topic.NumPartitions == -1 ? settings.DefaultPartitions : topic.NumPartitions;
        var alive = image.Brokers.Values.Count(broker => !broker.Fenced);
        if (topic.ReplicationFactor is < -1 or 0)
            refusal = new Refusal(ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.");
        else if (topic.NumPartitions is < -1 or 0)
            refusal = new Refusal(ErrorCode.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.");
        else if (factor > settings.MaxReplicationFactor)
            refusal = new Refusal(ErrorCode.InvalidReplicationFactor, settings.ReplicationRefusal(factor));
        else if (factor > alive)
        {
            refusal = new Refusal(
                ErrorCode.InvalidReplicationFactor,
                $"Unable to replicate the partition {factor} time(s): The target replication factor of {factor} cannot be reached because only {alive} broker(s) are registered.");
        }

        return refusal is not null ? [] : ReplicaPlacement.Place(image, 0, partitions, factor, Start(topic.Name));
    }

    private List<List<int>> Assigned(MetadataImage image, CreateTopicsRequest.CreatableTopic topic, out Refusal? refusal)
    {
        refusal = null;
        var placed = new List<List<int>>(topic.Assignments.Count);
        foreach (var assignment in topic.Assignments.OrderBy(assignment => assignment.PartitionIndex))
        {
            if (assignment.PartitionIndex != placed.Count)
            {
                refusal = new Refusal(ErrorCode.InvalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence");
                return [];
            }

            var fault = AssignmentFault(image, assignment.BrokerIds, placed.Count > 0 ? placed[0].Count : null)
                ?? (assignment.BrokerIds.Count > settings.MaxReplicationFactor ? settings.ReplicationRefusal(assignment.BrokerIds.Count) : null);
            if (fault is not null)
            {
                refusal = new Refusal(ErrorCode.InvalidReplicaAssignment, fault);
                return [];
            }

            placed.Add(assignment.BrokerIds);
        }

        return placed;
    }

    /// <summary>What is wrong with the brokers that a request names for a partition; null for nothing.</summary>
    internal static string? AssignmentFault(MetadataImage image, List<int> brokers, int? factor)
    {
        if (brokers.Count == 0) return "The manual partition assignment includes an empty replica list.";
        if (brokers.Distinct().Count() != brokers.Count) return "The manual partition assignment includes the same broker more than once.";
        foreach (var broker in brokers)
        {
            if (!image.Brokers.ContainsKey(broker)) return $"The manual partition assignment includes broker {broker}, but no such broker is registered.";
        }

        return factor is { } expected && expected != brokers.Count
            ? "The manual partition assignment includes a partition with a different number of replicas than the others."
            : null;
    }

    /// <summary>Spreads topics of few partitions; the same for the same name everywhere.</summary>
    internal static int Start(string topic) => (int)(Protocol.Records.Crc32C.Compute(System.Text.Encoding.UTF8.GetBytes(topic)) & 0x7fffffff);

    private static IEnumerable<IRecordMessage> Records(CreateTopicsRequest.CreatableTopic topic, Guid id, List<List<int>> placed)
    {
        yield return new TopicRecord { Name = topic.Name, TopicId = id };
        foreach (var config in topic.Configs)
        {
            if (config.Value is not null)
                yield return new ConfigRecord { ResourceType = (sbyte)ConfigResourceType.Topic, ResourceName = topic.Name, Name = config.Name, Value = config.Value };
        }

        for (var index = 0; index < placed.Count; index++) yield return NewPartition(id, index, placed[index]);
    }

    /// <summary>A partition's first record: the first broker leads, all are in sync since all are empty.</summary>
    internal static PartitionRecord NewPartition(Guid topic, int index, List<int> brokers) => new()
    {
        TopicId = topic,
        PartitionId = index,
        Replicas = brokers,
        Isr = brokers,
        Leader = brokers[0],
        LeaderEpoch = 0,
        PartitionEpoch = 0,
    };

    private static CreateTopicsResponse.CreatableTopicResult Refused(string name, Refusal refusal) => new()
    {
        Name = name,
        ErrorCode = (short)refusal.Error,
        ErrorMessage = refusal.Message,
        NumPartitions = -1,
        ReplicationFactor = -1,
        Configs = null,
    };

    private CreateTopicsResponse.CreatableTopicResult Created(
        MetadataImage image, CreateTopicsRequest.CreatableTopic topic, Guid id, List<List<int>> placed)
    {
        var set = topic.Configs.Where(config => config.Value is not null)
            .GroupBy(config => config.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Last().Value!, StringComparer.Ordinal);
        var resolved = TopicConfigResolver.Resolve(
            set, MetadataImage.NoConfigs, image.ConfigsOf(ConfigResourceType.Broker, ""), settings.StaticBrokerConfigs);
        return new CreateTopicsResponse.CreatableTopicResult
        {
            Name = topic.Name,
            TopicId = id,
            NumPartitions = placed.Count,
            ReplicationFactor = (short)placed[0].Count,
            Configs = [.. resolved.Select(entry => new CreateTopicsResponse.CreatableTopicConfigs
            {
                Name = entry.Name,
                Value = entry.IsSensitive ? null : entry.Value,
                ReadOnly = entry.IsReadOnly,
                ConfigSource = (sbyte)entry.Source,
                IsSensitive = entry.IsSensitive,
            })],
        };
    }
}
