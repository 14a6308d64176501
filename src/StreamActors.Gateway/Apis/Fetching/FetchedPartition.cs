using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis.Fetching;

/// <summary>A partition as a fetch names it: by the topic's id from version 13 on, by its name before.</summary>
internal readonly record struct FetchKey(TopicId TopicId, string Name, int Partition);

/// <summary>What a client wants of a partition, and, within a session, what it was told last.</summary>
internal sealed class FetchedPartition(FetchKey key)
{
    public FetchKey Key => key;

    public Offset FetchOffset { get; private set; }

    public int MaxBytes { get; private set; }

    public int CurrentLeaderEpoch { get; private set; }

    public int LastFetchedEpoch { get; private set; }

    private long toldHighWatermark = -1;
    private long toldLogStartOffset = -1;

    public void Want(FetchRequest.FetchPartition wanted)
    {
        FetchOffset = new Offset(wanted.FetchOffset);
        MaxBytes = wanted.PartitionMaxBytes;
        CurrentLeaderEpoch = wanted.CurrentLeaderEpoch;
        LastFetchedEpoch = wanted.LastFetchedEpoch;
    }

    /// <summary>Whether a session's client has to be told of this; notes that it was.</summary>
    public bool IsNews(FetchResponse.PartitionData data)
    {
        var news = data.ErrorCode != (short)ErrorCode.None || data.Records.Length > 0 || data.PreferredReadReplica >= 0 || data.DivergingEpoch.EndOffset >= 0
            || data.HighWatermark != toldHighWatermark || data.LogStartOffset != toldLogStartOffset;
        // After an error the state is told again, whether it changed or not.
        toldHighWatermark = data.ErrorCode == (short)ErrorCode.None ? data.HighWatermark : -1;
        toldLogStartOffset = data.ErrorCode == (short)ErrorCode.None ? data.LogStartOffset : -1;
        return news;
    }
}
