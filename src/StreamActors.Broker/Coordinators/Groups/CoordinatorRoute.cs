using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>The way from a request to the coordinator of its group, if that is on this node, and back in bounded time.</summary>
internal sealed class CoordinatorRoute(PartitionDirectory directory, IMetadataView metadata, BrokerId self, TimeProvider clock)
{
    private static readonly TimeSpan WakeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The partition of a group; -1 while there is no topic.</summary>
    public int PartitionOf(string groupId) => metadata.Current.Topic(GroupTopic.Name) is { Partitions.Count: > 0 } topic ? GroupPartition.For(groupId, topic.Partitions.Count) : -1;

    /// <summary>The partitions that this node leads.</summary>
    public List<int> Led()
    {
        var image = metadata.Current;
        if (image.Topic(GroupTopic.Name) is not { } topic) return [];
        return [.. Enumerable.Range(0, topic.Partitions.Count).Where(index => image.LeaderOf(topic.Partitions[index]) == self)];
    }

    /// <summary>Sends a request to the coordinator of a partition. Errors are in the response, in the words of its API.</summary>
    /// <param name="partition">Of <see cref="PartitionOf"/>.</param>
    /// <param name="request">What it carries must outlive the answer: a late coordinator may still look at it.</param>
    /// <param name="origin">Who asks.</param>
    /// <param name="timeout">For the coordinator's answer, once it is awake.</param>
    /// <param name="onTimeout">What is answered then.</param>
    public async ValueTask<TResponse> SendAsync<TResponse>(
        int partition, IRequestMessage request, RequestOrigin origin, TimeSpan timeout, ErrorCode onTimeout = ErrorCode.CoordinatorNotAvailable)
        where TResponse : class, IResponseMessage
    {
        var image = metadata.Current;
        if (partition < 0 || image.Topic(GroupTopic.Name) is not { } topic || partition >= topic.Partitions.Count || image.LeaderOf(topic.Partitions[partition]) != self)
            return (TResponse)GroupErrors.Response(request, ErrorCode.NotCoordinator);
        var (error, replica) = await directory.WakeAsync(new TopicIdPartition(topic.Id, partition), WakeTimeout);
        if (replica is null)
            return (TResponse)GroupErrors.Response(request, error == ErrorCode.ReplicaNotAvailable ? ErrorCode.CoordinatorLoadInProgress : ErrorCode.CoordinatorNotAvailable);
        var call = new GroupCall(request, origin);
        using var deadline = clock.CreateTimer(
            static state =>
            {
                var (late, answer) = ((GroupCall, ErrorCode))state!;
                late.Refuse(answer);
            },
            (call, onTimeout),
            timeout,
            Timeout.InfiniteTimeSpan);
        replica.Actor.Tell(new Coordinate(call), Akka.Actor.ActorRefs.NoSender);
        return (TResponse)await call.Answer;
    }
}
