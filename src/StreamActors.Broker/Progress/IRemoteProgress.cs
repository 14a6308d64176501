using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Progress;

/// <summary>Asks another broker how far partitions that it leads have come, seen from offsets in them.</summary>
public interface IRemoteProgress
{
    /// <summary>What it tells, by partition; null where it does not answer.</summary>
    ValueTask<IReadOnlyDictionary<TopicPartition, DescribeGroupProgressResponse.LogProgress>?> AskAsync(BrokerId leader, IReadOnlyDictionary<TopicPartition, Offset> positions);
}
