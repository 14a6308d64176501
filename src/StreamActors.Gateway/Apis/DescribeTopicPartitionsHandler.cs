using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// DescribeTopicPartitions (75), version 0 (KIP-966). Topics in order of their names, so many partitions at a time; the cursor says where the
/// next request goes on. A partition without a leader is no error here, unlike in Metadata.
/// </summary>
internal sealed class DescribeTopicPartitionsHandler(GatewayServices services, TopicDescriber topics)
    : ApiHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>
{
    protected override ValueTask<DescribeTopicPartitionsResponse?> HandleAsync(RequestContext context, DescribeTopicPartitionsRequest request)
    {
        var image = services.Metadata.Current;
        var all = request.Topics.Count == 0;
        var names = (all ? image.Topics.Keys : request.Topics.Select(topic => topic.Name).Distinct(StringComparer.Ordinal)).Order(StringComparer.Ordinal);
        var response = new DescribeTopicPartitionsResponse();
        var room = Math.Clamp(request.ResponsePartitionLimit, 1, services.MaxDescribedPartitions);
        foreach (var name in names)
        {
            var from = 0;
            if (request.Cursor is { } cursor)
            {
                var order = string.CompareOrdinal(name, cursor.TopicName);
                if (order < 0) continue;
                if (order == 0) from = Math.Max(0, cursor.PartitionIndex);
            }

            if (image.Topic(name) is not { } topic)
            {
                if (!all) response.Topics.Add(Unknown(name));
                continue;
            }

            if (room == 0)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = from };
                break;
            }

            var described = topics.Describe(image, topic, context, withOperations: true);
            var taken = Math.Min(room, Math.Max(0, topic.Partitions.Count - from));
            response.Topics.Add(Topic(topic, described, from, taken));
            room -= taken;
            if (from + taken >= topic.Partitions.Count) continue;
            response.NextCursor = new() { TopicName = name, PartitionIndex = from + taken };
            break;
        }

        return new(response);
    }

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Topic(
        TopicImage topic, MetadataResponse.MetadataResponseTopic described, int from, int count) => new()
        {
            Name = topic.Name,
            TopicId = topic.Id.Value,
            IsInternal = described.IsInternal,
            TopicAuthorizedOperations = described.TopicAuthorizedOperations,
            Partitions = [.. described.Partitions.Skip(from).Take(count).Select(partition =>
            new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition
            {
                PartitionIndex = partition.PartitionIndex,
                LeaderId = partition.LeaderId,
                LeaderEpoch = partition.LeaderEpoch,
                ReplicaNodes = partition.ReplicaNodes,
                IsrNodes = partition.IsrNodes,
                EligibleLeaderReplicas = [],
                LastKnownElr = [],
                OfflineReplicas = partition.OfflineReplicas,
            })],
        };

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Unknown(string name) => new()
    {
        Name = name,
        ErrorCode = (short)(TopicNames.Fault(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException),
    };
}
