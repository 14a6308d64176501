using Akka.Actor;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Storage.Compaction;

namespace StreamActors.Broker.Cleaning;

/// <summary>To a cleaner from its manager: compact that log.</summary>
internal sealed record CleanLog(ReplicaHandle Replica, CleanerSettings Settings) : ILocalMessage;

/// <summary>How a pass ended.</summary>
internal enum CleaningResult
{
    Done,

    /// <summary>The replica went, or its log was cut meanwhile.</summary>
    Gone,

    /// <summary>The disk failed, or was full.</summary>
    Failed,

    /// <summary>The log has a batch that cannot be read.</summary>
    Uncleanable,
}

/// <summary>To the manager from a cleaner: give me another one.</summary>
internal sealed record LogCleaned(IActorRef Cleaner, ReplicaHandle Replica, CleaningResult Result, string? Reason) : ILocalMessage;

/// <summary>To a replica from a cleaner: begin a pass, and hand it over.</summary>
internal sealed record BeginCleaning(CleanerLimits Limits, IActorRef Cleaner) : IRefusable
{
    public void Refuse(ErrorCode error) => Cleaner.Tell(CleaningGone.Instance);
}

/// <summary>To a cleaner from a replica: the pass is yours until you end it.</summary>
internal sealed record CleaningBegun(CleaningPass Pass) : ILocalMessage;

/// <summary>To a replica from a cleaner: put that into your log.</summary>
internal sealed record SwapGroup(CleanedGroup Group, IActorRef Cleaner) : IRefusable
{
    public void Refuse(ErrorCode error) => Cleaner.Tell(CleaningGone.Instance);
}

/// <summary>To a cleaner from a replica: the log has it; go on.</summary>
internal sealed class GroupSwapped : ILocalMessage
{
    public static readonly GroupSwapped Instance = new();
}

/// <summary>To a cleaner from a replica or on its behalf: what you compact is not there any more.</summary>
internal sealed class CleaningGone : ILocalMessage
{
    public static readonly CleaningGone Instance = new();
}

/// <summary>To a replica from a cleaner: all is swapped in; note how far it went.</summary>
internal sealed record EndCleaning(CleaningPass Pass, IActorRef Cleaner) : IRefusable
{
    public void Refuse(ErrorCode error) => Cleaner.Tell(CleaningGone.Instance);
}

/// <summary>To a cleaner from a replica: it is noted.</summary>
internal sealed class CleaningEnded : ILocalMessage
{
    public static readonly CleaningEnded Instance = new();
}
