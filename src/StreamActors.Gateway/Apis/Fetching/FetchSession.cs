using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis.Fetching;

/// <summary>
/// The partitions that a client fetches again and again (KIP-227), so that it need not name them each time. Used by one request at a time, which the
/// epoch sees to: a second one with the same epoch is refused.
/// </summary>
internal sealed class FetchSession(int id, bool usesTopicIds)
{
    private readonly LinkedList<FetchedPartition> order = new();
    private readonly Dictionary<FetchKey, LinkedListNode<FetchedPartition>> partitions = [];

    public int Id => id;

    /// <summary>A session names topics by id or by name, and does not change that.</summary>
    public bool UsesTopicIds => usesTopicIds;

    /// <summary>The epoch that the next request must bring.</summary>
    public int Epoch { get; private set; } = 1;

    public long LastUsed { get; set; }

    public int Count => partitions.Count;

    /// <summary>In the order in which they are to be read: those that had records lately come last.</summary>
    public IReadOnlyList<FetchedPartition> Partitions => [.. order];

    public void Update(FetchRequest request)
    {
        foreach (var topic in request.ForgottenTopicsData)
        {
            foreach (var partition in topic.Partitions)
            {
                if (partitions.Remove(KeyOf(topic.TopicId, topic.Topic, partition), out var node)) order.Remove(node);
            }
        }

        foreach (var topic in request.Topics)
        {
            foreach (var wanted in topic.Partitions)
            {
                var key = KeyOf(topic.TopicId, topic.Topic, wanted.Partition);
                if (!partitions.TryGetValue(key, out var node)) partitions.Add(key, node = order.AddLast(new FetchedPartition(key)));
                node.Value.Want(wanted);
            }
        }
    }

    public void Advance() => Epoch = Epoch == int.MaxValue ? 1 : Epoch + 1;

    /// <summary>Whose turn it was comes last next time, so that a busy partition does not starve the others.</summary>
    public void MoveToEnd(FetchedPartition partition)
    {
        if (!partitions.TryGetValue(partition.Key, out var node)) return;
        order.Remove(node);
        order.AddLast(node);
    }

    private FetchKey KeyOf(Guid topicId, string name, int partition) =>
        usesTopicIds ? new FetchKey(new TopicId(topicId), "", partition) : new FetchKey(TopicId.Zero, name, partition);
}
