namespace StreamActors.Interop.Contract;

/// <summary>A client library under test: the little that all of them have in common.</summary>
public interface IKafkaClient
{
    /// <summary>Creates a topic; settings are <c>name=value</c>. Null when it was created.</summary>
    Task<Refusal?> CreateTopicAsync(string topic, int partitions, params string[] settings);

    /// <summary>Asks for a topic's metadata. Null when it is there.</summary>
    Task<Refusal?> DescribeAsync(string topic);

    Task<Written> ProduceAsync(string topic, IReadOnlyList<SentRecord> records, string codec, bool idempotent = false);

    /// <summary>Reads from the beginning of each partition until <paramref name="count"/> records came, or fewer where no more come.</summary>
    Task<IReadOnlyList<ReadRecord>> ConsumeAsync(string topic, int count);

    /// <summary>Starts a member of a group, which begins at the first record where nothing is committed and commits what it reads.</summary>
    /// <param name="topic">What it reads.</param>
    /// <param name="group">The group's id.</param>
    /// <param name="environment">For clients that are programs: INTEROP_SESSION_MS.</param>
    IGroupMember Join(string topic, string group, IReadOnlyDictionary<string, string>? environment = null);
}

public interface IGroupMember : IAsyncDisposable
{
    /// <summary>The partitions that the member has at present.</summary>
    IReadOnlyList<int> Assigned { get; }

    IReadOnlyList<ReadRecord> Records { get; }

    /// <summary>Commits, leaves the group and ends.</summary>
    Task LeaveAsync();

    /// <summary>kill -9.</summary>
    void Kill();
}

/// <summary>An error with Kafka's number (-1: the client's own).</summary>
public sealed record Refusal(int Error, string Message);

/// <summary>Where acknowledged records (or, in some clients, the first of each batch) are, or why they were refused.</summary>
public sealed record Written(IReadOnlyList<(int Partition, long Offset)> Places, Refusal? Refusal);

public sealed record SentRecord(string Key, string Value, string[][] Headers)
{
    public string Content => RecordContent.Of(Key, Value, Headers);
}

public sealed record ReadRecord(int Partition, long Offset, string? Key, string? Value, string[][] Headers)
{
    public string Content => RecordContent.Of(Key, Value, Headers);
}

static file class RecordContent
{
    public static string Of(string? key, string? value, string[][] headers) =>
        $"{key ?? "null"} = {value ?? "null"} [{string.Join(", ", headers.Select(h => $"{h[0]}: {h[1]}"))}]";
}
