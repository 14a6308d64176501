using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Simulation.Logs;

/// <summary>What a log promised, by whoever wrote to it and was answered.</summary>
internal sealed class PartitionModel(TopicPartition partition, TopicId topicId, LogConfig config)
{
    /// <summary>What compaction may have taken because of what was lost afterwards, to rot that no checkpoint could tell from a torn tail.</summary>
    private readonly HashSet<long> excused = [];

    /// <summary>Producers whose last batches were lost, and who have written nothing since.</summary>
    private readonly HashSet<long> setBack = [];

    /// <summary>When passes of the cleaner began, and how far the log reached then.</summary>
    private readonly List<(long BeganMs, long End)> passes = [];

    public TopicPartition Partition => partition;

    public TopicId TopicId => topicId;

    public LogConfig Config => config;

    public bool IsCompacted => config.CleanupByCompaction;

    /// <summary>By offset, from 0.</summary>
    public List<ModelRecord> Records { get; } = [];

    /// <summary>What was under way when the disk failed or the process died: it may follow, in this order.</summary>
    public List<ModelRecord> Maybe { get; } = [];

    public long End => Records.Count;

    public long Start { get; set; }

    /// <summary>What the checkpoint that was written last says of the start.</summary>
    public long StartDurable { get; set; }

    /// <summary>Records below it were acknowledged as flushed.</summary>
    public long Flushed { get; set; }

    public bool IsCreated { get; set; }

    /// <summary>Offsets that the seed has damaged below the log's hands.</summary>
    public List<(long From, long To)> Damaged { get; } = [];

    /// <summary>Whether the seed has damaged an index of timestamps, of transactions, or anything else that tells of producers and epochs.</summary>
    public bool AreTimesDamaged { get; set; }

    public bool AreTransactionsDamaged { get; set; }

    /// <summary>Whether the list of what is damaged has been damaged itself.</summary>
    public bool IsDamageForgotten { get; set; }

    /// <summary>Those that write to it, one transaction after the other; a number is replaced where its producer has given up.</summary>
    public long[] Producers { get; } = [100, 101];

    public long[] TransactionalProducers { get; } = [200, 201];

    public bool IsDamaged => Damaged.Count > 0 || AreTransactionsDamaged || excused.Count > 0;

    /// <summary>Whether batches ever were, also such as the log has lost since.</summary>
    public bool WasDamaged { get; set; }

    public bool IsDamagedAt(long offset) => Damaged.Exists(range => offset >= range.From && offset < range.To);

    public bool IsDamagedWithin(long from, long to) => Damaged.Exists(range => range.From < to && range.To > from);

    public void CleaningBegins(long now) => passes.Add((now, End));

    /// <summary>Records were appended.</summary>
    public void Add(IEnumerable<ModelRecord> batch)
    {
        foreach (var record in batch)
        {
            Records.Add(record);
            if (!record.IsControl) setBack.Remove(record.ProducerId);
        }
    }

    /// <summary>
    /// Whether the log may not know a producer's last batch: it lies before the log's start, or compaction has taken it before a crash took those behind. As
    /// with Kafka, the producer may be known by its last marker alone.
    /// </summary>
    public bool MayForget(ModelRecord record)
    {
        var last = Records.FindLastIndex(other => other.ProducerId == record.ProducerId && !other.IsControl);
        return last < Start || (setBack.Contains(record.ProducerId) && MayBeGone(last, Aborted(), record.Timestamp));
    }

    /// <summary>The log ends at an offset now: what came behind is forgotten, what was under way is there.</summary>
    public void EndsAt(long end)
    {
        Records.AddRange(Maybe);
        Maybe.Clear();
        foreach (var lost in Records.Skip((int)end)) setBack.Add(lost.ProducerId);
        Records.RemoveRange((int)end, (int)(Records.Count - end));
        Flushed = Math.Min(Flushed, end);
        Damaged.RemoveAll(range => range.From >= end);
        for (var i = 0; i < passes.Count; i++) passes[i] = passes[i] with { End = Math.Min(passes[i].End, end) };
    }

    /// <summary>The disk has lost the log's end: what compaction had taken in favour of that is missing now.</summary>
    public void Excuse(long end, long now)
    {
        var aborted = Aborted();
        for (var offset = 0; offset < end && offset < Records.Count; offset++)
        {
            if (MayBeGone(offset, aborted, now)) excused.Add(offset);
        }
    }

    public int NextSequence(long producerId)
    {
        var last = Records.FindLast(record => record.ProducerId == producerId && !record.IsControl);
        return last is null ? 0 : last.Sequence + 1;
    }

    /// <summary>For each record whether its transaction was aborted; null while it is open.</summary>
    public bool?[] Aborted()
    {
        var aborted = new bool?[Records.Count];
        for (var offset = 0; offset < Records.Count; offset++)
        {
            var record = Records[offset];
            if (!record.IsTransactional || record.IsControl) aborted[offset] = false;
            if (!record.IsControl) continue;
            for (var at = offset - 1; at >= 0; at--)
            {
                if (Records[at].ProducerId != record.ProducerId || !Records[at].IsTransactional) continue;
                if (Records[at].IsControl) break;
                aborted[at] = record.Value == ModelRecord.Abort;
            }
        }

        return aborted;
    }

    /// <summary>Whether compaction may have taken a record.</summary>
    /// <param name="offset">Its offset.</param>
    /// <param name="aborted"><see cref="Aborted"/>.</param>
    /// <param name="now">The time, in ms.</param>
    public bool MayBeGone(int offset, bool?[] aborted, long now)
    {
        if (excused.Contains(offset)) return true;
        if (!IsCompacted || !passes.Exists(pass => pass.End > offset)) return false;
        var record = Records[offset];
        if (record.IsControl || aborted[offset] == true) return true;
        for (var later = offset + 1; later < Records.Count; later++)
        {
            if (Records[later].Key == record.Key && !Records[later].IsControl && aborted[later] == false) return true;
        }

        // A tombstone stays for a while after the first pass that may have met it.
        return record.Value is null && passes.Exists(pass => pass.End > offset && pass.BeganMs <= now - Config.DeleteRetentionMs);
    }
}
