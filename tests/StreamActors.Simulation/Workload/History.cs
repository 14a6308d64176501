using StreamActors.Client.Consumer;
using StreamActors.Protocol;

namespace StreamActors.Simulation.Workload;

/// <summary>What a topic promises.</summary>
/// <param name="IsFlushed">Acknowledged means on the disk (<c>flush.messages=1</c>). Otherwise a loss of power may take the end of a log.</param>
internal sealed record WorkloadTopic(string Name, int Partitions, bool IsFlushed)
{
    public IEnumerable<TopicPartition> All => Enumerable.Range(0, Partitions).Select(index => new TopicPartition(Name, index));
}

/// <summary>A record as its producer knows it.</summary>
internal sealed class SentRecord(string name, TopicPartition partition, int number, string producer, bool isIdempotent)
{
    public string Name => name;

    public TopicPartition Partition => partition;

    /// <summary>Counts the producer's records.</summary>
    public int Number => number;

    public string Producer => producer;

    /// <summary>It may be in the log once at most.</summary>
    public bool IsIdempotent => isIdempotent;

    public Offset? AckedAt { get; set; }

    /// <summary>How often the machine had lost its power when it was acknowledged.</summary>
    public int AckedAfterLosses { get; set; }
}

/// <summary>
/// What clients saw, in order: the only thing that the verdict is made of. What is wrong at once (a record that nobody sent, an
/// offset that held another one) is noted as it is seen; the rest is judged against the final log (<see cref="RunVerdict"/>).
/// </summary>
internal sealed class History(IReadOnlyList<WorkloadTopic> topics, Func<int> powerLosses)
{
    private readonly Dictionary<string, SentRecord> byName = new(StringComparer.Ordinal);
    private readonly Dictionary<(TopicPartition, long), (string Name, int AfterLosses)> sightings = [];
    private readonly Dictionary<(string Reader, TopicPartition), long> positions = [];

    public List<SentRecord> Sent { get; } = [];

    public string? Violation { get; private set; }

    public int Acknowledged { get; private set; }

    public int Failed { get; private set; }

    public int Consumed { get; private set; }

    public void Sends(SentRecord record)
    {
        Sent.Add(record);
        byName.Add(record.Name, record);
    }

    public void Acknowledges(SentRecord record, Offset offset)
    {
        Acknowledged++;
        record.AckedAfterLosses = powerLosses();
        // Kafka's answer to a duplicate that it knows, but no longer where: acknowledged, at an unknown offset.
        if (offset.Value < 0) return;
        record.AckedAt = offset;
        Sights($"the answer to {record.Producer}", record.Partition, offset.Value, record.Name);
    }

    public void Fails() => Failed++;

    public void Consumes(string reader, ConsumedRecord record)
    {
        Consumed++;
        var name = Payload.NameOf(record.Value.GetValueOrDefault().Span);
        if (name is null || !byName.TryGetValue(name, out var sent) || sent.Partition != record.Partition)
        {
            Violates($"{reader} read a record at {record.Partition} offset {record.Offset} that nobody sent there: {name ?? "not even a payload"}");
            return;
        }

        Sights(reader, record.Partition, record.Offset.Value, name);
        var isFlushed = IsFlushed(record.Partition);
        if (positions.TryGetValue((reader, record.Partition), out var expected) && record.Offset.Value != expected && isFlushed)
            Violates($"{reader} read offset {record.Offset} of {record.Partition} where {expected} was next");
        positions[(reader, record.Partition)] = record.Offset.Value + 1;
    }

    /// <summary>The offset that a reader would read next; 0 where it has read nothing.</summary>
    public long Position(string reader, TopicPartition partition) => positions.GetValueOrDefault((reader, partition));

    public bool IsFlushed(TopicPartition partition) => topics.Any(topic => topic.IsFlushed && topic.Name == partition.Topic);

    public void Violates(string what) => Violation ??= what;

    private void Sights(string who, TopicPartition partition, long offset, string name)
    {
        var losses = powerLosses();
        if (sightings.TryGetValue((partition, offset), out var before) && before.Name != name && (IsFlushed(partition) || before.AfterLosses == losses))
            Violates($"{who}: {partition} offset {offset} holds {name}, and held {before.Name} before");
        sightings[(partition, offset)] = (name, losses);
    }
}
