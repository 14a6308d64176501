using Akka.Actor;
using StreamActors.Cluster.Journal;
using StreamActors.Cluster.Metadata;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>
/// The brokers that follow the controller's events, and the newest events, for those that are a little behind. Whoever is
/// further behind is sent a snapshot.
/// </summary>
internal sealed class MetadataFollowers
{
    private const int KeptEvents = 512;
    private const long KeptBytes = 4 * 1024 * 1024;

    private readonly HashSet<IActorRef> followers = [];
    private readonly Queue<(long Sequence, IReadOnlyList<MetadataPart> Parts, long Bytes)> recent = new();
    private long recentBytes;

    // Those who start at the same time all lack the same; and whoever waits asks more than once.
    private (long Sequence, IReadOnlyList<MetadataPart> Parts) snapshot = (-1, []);

    /// <summary>Sends an event to all.</summary>
    /// <returns>Its size in bytes.</returns>
    public long Publish(long sequence, IReadOnlyList<IRecordMessage> records, IActorRef controller)
    {
        var parts = MetadataParts.Split(sequence, isSnapshot: false, records);
        long bytes = parts.Sum(part => (long)part.Records.Length);
        snapshot = (-1, []);
        recent.Enqueue((sequence, parts, bytes));
        recentBytes += bytes;
        while (recent.Count > KeptEvents || (recentBytes > KeptBytes && recent.Count > 1)) recentBytes -= recent.Dequeue().Bytes;
        foreach (var follower in followers) Send(follower, parts, controller);
        return bytes;
    }

    /// <summary>Takes a follower in, or answers one that asks again, with all that it lacks.</summary>
    public void Add(IActorRef follower, long after, MetadataImage image, IActorRef controller)
    {
        followers.Add(follower);
        if (after == image.Sequence)
        {
            follower.Tell(new FollowAccepted(image.Sequence), controller);
        }
        else if (recent.TryPeek(out var oldest) && oldest.Sequence <= after + 1)
        {
            foreach (var (sequence, parts, _) in recent)
            {
                if (sequence > after) Send(follower, parts, controller);
            }
        }
        else
        {
            if (snapshot.Sequence != image.Sequence)
                snapshot = (image.Sequence, MetadataParts.Split(image.Sequence, isSnapshot: true, [.. MetadataSnapshot.Records(image)]));
            Send(follower, snapshot.Parts, controller);
        }
    }

    public void Remove(IActorRef follower) => followers.Remove(follower);

    private static void Send(IActorRef follower, IReadOnlyList<MetadataPart> parts, IActorRef controller)
    {
        foreach (var part in parts) follower.Tell(part, controller);
    }
}

/// <summary>Events cut to the size of remote frames, and put together again.</summary>
internal static class MetadataParts
{
    private const int MaxPartBytes = 64 * 1024;

    public static IReadOnlyList<MetadataPart> Split(long sequence, bool isSnapshot, IReadOnlyList<IRecordMessage> records)
    {
        var bytes = MetadataRecordCodec.Encode(records);
        var count = Math.Max(1, (bytes.Length + MaxPartBytes - 1) / MaxPartBytes);
        var parts = new MetadataPart[count];
        for (var part = 0; part < count; part++)
        {
            var start = part * MaxPartBytes;
            var slice = count == 1 ? bytes : bytes[start..Math.Min(bytes.Length, start + MaxPartBytes)];
            parts[part] = new MetadataPart(sequence, isSnapshot, part, count, slice);
        }

        return parts;
    }

    public static IReadOnlyList<IRecordMessage> Join(List<MetadataPart> parts)
    {
        if (parts.Count == 1) return MetadataRecordCodec.Decode(parts[0].Records);
        var bytes = new byte[parts.Sum(part => part.Records.Length)];
        var position = 0;
        foreach (var part in parts)
        {
            part.Records.CopyTo(bytes, position);
            position += part.Records.Length;
        }

        return MetadataRecordCodec.Decode(bytes);
    }
}
