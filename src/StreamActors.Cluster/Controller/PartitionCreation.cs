using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>CreatePartitions: more of them, never fewer; the existing ones stay where they are.</summary>
internal static class PartitionCreation
{
    public static ControllerDecision Decide(ControllerSettings settings, MetadataImage image, CreatePartitionsRequest request)
    {
        var response = new CreatePartitionsResponse();
        var records = new List<IRecordMessage>();
        var repeated = request.Topics.GroupBy(topic => topic.Name, StringComparer.Ordinal).Where(group => group.Count() > 1)
            .Select(group => group.Key).ToHashSet(StringComparer.Ordinal);
        var budget = settings.MaxPartitionsPerRequest;
        foreach (var wanted in request.Topics.DistinctBy(topic => topic.Name, StringComparer.Ordinal))
        {
            var (error, message, added) = repeated.Contains(wanted.Name)
                ? (ErrorCode.InvalidRequest, "Duplicate topic name.", [])
                : Judge(image, wanted, budget);
            budget -= added.Count;
            response.Results.Add(new CreatePartitionsResponse.CreatePartitionsTopicResult { Name = wanted.Name, ErrorCode = (short)error, ErrorMessage = message });
            if (!request.ValidateOnly) records.AddRange(added);
        }

        return new ControllerDecision(records, response);
    }

    private static (ErrorCode Error, string? Message, List<IRecordMessage> Records) Judge(
        MetadataImage image, CreatePartitionsRequest.CreatePartitionsTopic wanted, int budget)
    {
        if (image.Topic(wanted.Name) is not { } topic) return (ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition.DefaultMessage(), []);
        var present = topic.Partitions.Count;
        if (wanted.Count == present) return (ErrorCode.InvalidPartitions, $"Topic already has {present} partition(s).", []);
        if (wanted.Count < present)
        {
            return (ErrorCode.InvalidPartitions,
                $"The topic {wanted.Name} currently has {present} partition(s); {wanted.Count} would not be an increase.", []);
        }

        var added = wanted.Count - present;
        if (added > budget) return (ErrorCode.PolicyViolation, $"A request may create {budget} more partitions at most, not {added}.", []);
        var factor = present == 0 ? 1 : topic.Partitions[0].Replicas.Length;
        List<List<int>> placed;
        if (wanted.Assignments is { } assignments)
        {
            if (assignments.Count != added)
            {
                return (ErrorCode.InvalidReplicaAssignment,
                    $"Attempted to add {added} additional partition(s), but only {assignments.Count} assignment(s) were specified.", []);
            }

            foreach (var assignment in assignments)
            {
                if (TopicCreation.AssignmentFault(image, assignment.BrokerIds, factor) is { } fault) return (ErrorCode.InvalidReplicaAssignment, fault, []);
            }

            placed = [.. assignments.Select(assignment => assignment.BrokerIds)];
        }
        else
        {
            var alive = image.Brokers.Values.Count(broker => !broker.Fenced);
            if (factor > alive)
            {
                return (ErrorCode.InvalidReplicationFactor,
                    $"Unable to replicate the partition {factor} time(s): only {alive} broker(s) are registered.", []);
            }

            placed = ReplicaPlacement.Place(image, present, added, factor, TopicCreation.Start(topic.Name));
        }

        return (ErrorCode.None, null, [.. placed.Select((brokers, index) => TopicCreation.NewPartition(topic.Id.Value, present + index, brokers))]);
    }
}
