using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Compaction;
using StreamActors.Storage.Files;
using StreamActors.Storage.Producers;
using StreamActors.Storage.Recovery;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage;

/// <summary>
/// The log of one replica of a partition. It has one writer, who calls everything but <see cref="View"/> and <see cref="Sync"/>;
/// those two are for any thread. Failures of the disk take its <see cref="LogDirectory"/> offline; from then on appends are refused and nothing is written.
/// </summary>
public sealed class PartitionLog
{
    private readonly LogDirectory directory;
    private readonly LogState state;
    private readonly LogAppender appender;
    private readonly Lock syncing = new();
    private readonly Queue<(long BaseOffset, long DueMs)> deleted = new();
    private long recoveryPoint;
    private int cuts;
    private bool isBeingCopied;
    private volatile LogView view;

    internal PartitionLog(
        LogDirectory directory, TopicPartition partition, TopicId topicId, LogState state, RecoveryReport recovery, Offset recoveryPoint, Offset highWatermark)
    {
        this.directory = directory;
        this.state = state;
        Partition = partition;
        TopicId = topicId;
        Recovery = recovery;
        appender = new LogAppender(state);
        directory.Cleaner.Lower(partition, state.NextOffset);
        this.recoveryPoint = Math.Min(recoveryPoint.Value, state.NextOffset.Value);
        if (recoveryPoint > state.NextOffset) directory.Overstate(partition);
        var watermark = Offset.Max(state.LogStartOffset, Offset.Min(highWatermark, state.NextOffset));
        state.Producers.Transactions.AdvanceHighWatermark(watermark.Value);
        view = new LogView(state, watermark);
    }

    public TopicPartition Partition { get; }

    public TopicId TopicId { get; }

    public string Folder => state.Folder;

    /// <summary>What opening it took.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>May be replaced while the log is in use; segment settings hold from the next segment on.</summary>
    public LogConfig Config
    {
        get => state.Config;
        set => state.Config = value;
    }

    public LogView View => view;

    /// <summary>The data folder that it lies in.</summary>
    public LogDirectory Directory => directory;

    public bool IsOffline => directory.IsOffline;

    public bool IsClosed { get; private set; }

    /// <summary>
    /// Whether it is being copied to another data folder. Then it is not compacted: the copy would keep a value whose tombstone is gone before it gets there. Any thread.
    /// </summary>
    public bool IsBeingCopied
    {
        get => Volatile.Read(ref isBeingCopied);
        internal set => Volatile.Write(ref isBeingCopied, value);
    }

    /// <summary>All records below it survive a crash of the machine.</summary>
    public Offset RecoveryPoint => new(Interlocked.Read(ref recoveryPoint));

    public long UnflushedMessages => View.LogEndOffset - RecoveryPoint;

    public ProducerDescription[] Producers => state.Producers.Describe();

    /// <summary>Appends as the leader, all in one write; every item has its outcome afterwards.</summary>
    public void Append(ReadOnlySpan<AppendItem> items, LeaderEpoch epoch, TimestampMs now)
    {
        if (IsOffline)
        {
            foreach (var item in items) item.Outcome = Offline();
            return;
        }

        try
        {
            directory.CorrectCheckpoints(Partition);
            state.SetEpochs(state.Epochs.Assign(epoch, state.NextOffset));
            appender.Append(items, epoch, now);
            Publish();
        }
        catch (IOException failure) when (DiskFull.IsCause(failure))
        {
            foreach (var item in items) item.Outcome = Failed(ErrorCode.KafkaStorageError, DiskFull.Message);
        }
        catch (IOException exception)
        {
            directory.Fail(exception);
            foreach (var item in items) item.Outcome = Offline();
        }
    }

    /// <summary>
    /// Appends what the leader has sent: whole batches with their offsets, none below the log's end; a cut batch at the end is left out.
    /// CORRUPT_MESSAGE where a batch is damaged, OFFSET_OUT_OF_RANGE where offsets do not follow: then nothing is appended. KAFKA_STORAGE_ERROR where the disk is full:
    /// then some of them may be.
    /// </summary>
    public AppendOutcome AppendAsFollower(ReadOnlyMemory<byte> records, TimestampMs now)
    {
        if (IsOffline) return Offline();
        var next = state.NextOffset.Value;
        var reader = new RecordBatchReader(records);
        var whole = 0;
        while (reader.MoveNext())
        {
            var header = reader.Current.Header;
            if (!reader.Current.IsCrcValid) return Failed(ErrorCode.CorruptMessage, $"The batch at offset {header.BaseOffset} is damaged");
            if (header.BaseOffset < next || header.LastOffsetDelta < 0)
                return Failed(ErrorCode.OffsetOutOfRange, $"A batch from {header.BaseOffset} to {header.LastOffset} cannot follow offset {next - 1}");
            next = header.NextOffset;
            whole += reader.Current.Memory.Length;
        }

        if (reader.Error is not (BatchError.None or BatchError.Incomplete)) return Failed(ErrorCode.CorruptMessage, $"{reader.Error}");
        if (whole == 0) return new AppendOutcome(ErrorCode.None, state.NextOffset, new Offset(state.NextOffset.Value - 1), TimestampMs.None, state.LogStartOffset);
        try
        {
            directory.CorrectCheckpoints(Partition);
            var outcome = appender.AppendAsFollower(records[..whole], now);
            Publish();
            return outcome;
        }
        catch (IOException failure) when (DiskFull.IsCause(failure))
        {
            return Failed(ErrorCode.KafkaStorageError, DiskFull.Message);
        }
        catch (IOException exception)
        {
            directory.Fail(exception);
            return Offline();
        }
    }

    /// <summary>Notes that a leader's epoch begins at the end of this log, as it does when this replica becomes leader.</summary>
    public void AssignLeaderEpoch(LeaderEpoch epoch) => Change(() => state.SetEpochs(state.Epochs.Assign(epoch, state.NextOffset)));

    /// <summary>Moves the high watermark forward, at most to the end; it never goes back.</summary>
    public void AdvanceHighWatermark(Offset offset)
    {
        var current = view.HighWatermark;
        var target = Offset.Min(offset, state.NextOffset);
        if (target <= current) return;
        state.Producers.Transactions.AdvanceHighWatermark(target.Value);
        view = new LogView(state, target);
    }

    /// <summary>Cuts the log so that it ends at an offset; a batch that reaches across goes as a whole.</summary>
    public void TruncateTo(Offset offset)
    {
        if (offset >= state.NextOffset) return;
        if (offset < new Offset(state.Segments.First().BaseOffset))
        {
            TruncateFullyAndStartAt(offset, TimestampMs.None);
            return;
        }

        Change(() =>
        {
            var at = view.IndexOf(offset.Value);
            var segment = view.ViewOf(at);
            var size = segment.Find(offset.Value)?.Position ?? segment.Size;
            if (at < state.Sealed.Length) state.Reactivate(at);
            state.CutActive(size, offset);
            state.SyncCut();
        });
        LowerRecoveryPoint(offset);
        ForgetCleaning(offset);
    }

    /// <summary>Drops all records; the next one gets that offset.</summary>
    public void TruncateFullyAndStartAt(Offset offset, TimestampMs now)
    {
        Change(() =>
        {
            state.RestartAt(offset, now);
            state.SyncCut();
        });
        lock (syncing)
        {
            Interlocked.Exchange(ref recoveryPoint, offset.Value);
            directory.Overstate(Partition);
        }

        ForgetCleaning(offset);
    }

    /// <summary>Moves the log's start forward (DeleteRecords); segments that lie before it go with the next retention.</summary>
    public ErrorCode DeleteRecords(Offset before)
    {
        if (IsOffline) return ErrorCode.KafkaStorageError;
        if (before > view.HighWatermark) return ErrorCode.OffsetOutOfRange;
        AdvanceLogStart(before);
        return ErrorCode.None;
    }

    /// <summary>Moves the log's start forward as a follower, which may be before its own high watermark has got there.</summary>
    public void AdvanceLogStart(Offset offset) => Change(() =>
    {
        if (offset <= state.LogStartOffset) return;
        state.LogStartOffset = Offset.Min(offset, state.NextOffset);
        state.TrimEpochs();
    });

    /// <summary>Ends the active segment; nothing happens while it is empty.</summary>
    public void Roll(TimestampMs now) => Change(() => state.Roll(now));

    /// <summary>
    /// Retires the segments that are too old, too many or before the log's start, none beyond the high watermark, and removes the files of
    /// those retired <c>file.delete.delay.ms</c> ago. Returns how many were retired.
    /// </summary>
    public int ApplyRetention(TimestampMs now)
    {
        var retired = 0;
        Change(() =>
        {
            Retention.RollExpired(state, view.HighWatermark, now);
            var expired = Retention.Expired(state, view.HighWatermark, now);
            retired = expired.Count;
            foreach (var segment in expired)
            {
                // A crash must not bring back one that lies before another that is gone, nor take the one that is the first from now on.
                if (segment != expired[0] || state.IsFolderDirty) state.Disk.SyncDirectory(Folder);
                Retention.Retire(state, segment);
                deleted.Enqueue((segment.BaseOffset, now.Value + state.Config.FileDeleteDelayMs));
            }

            if (retired > 0)
            {
                state.Sealed = state.Sealed.RemoveRange(0, retired);
                state.LogStartOffset = Offset.Max(state.LogStartOffset, new Offset(state.Segments.First().BaseOffset));
                state.TrimEpochs();
            }

            while (deleted.TryPeek(out var oldest) && oldest.DueMs <= now.Value) Retention.Delete(state, deleted.Dequeue().BaseOffset);
        });
        return retired;
    }

    /// <summary>Records below it have been held against each other already.</summary>
    public Offset FirstDirtyOffset => directory.Cleaner.Get(Partition);

    /// <summary>What there is to compact; from any thread.</summary>
    public Cleanable Cleanable(TimestampMs now) => Compaction.Cleanable.Of(view, state.Config, FirstDirtyOffset, now);

    /// <summary>Ends the active segment where its first record must be compacted in time (<c>max.compaction.lag.ms</c>), appended to or not.</summary>
    public void RollToCompact(TimestampMs now)
    {
        if (state.Config is { CleanupByCompaction: true, MaxCompactionLagMs: < long.MaxValue } config
            && state.Active.Size > 0 && state.Active.Indexes.FirstTimestamp is >= 0 and { } first && now.Value - first > config.MaxCompactionLagMs)
        {
            Roll(now);
        }
    }

    /// <summary>Begins to compact the log as it is now. The pass runs on any other thread; only its swaps and its end are the writer's.</summary>
    public CleaningPass BeginCleaning(CleanerLimits limits, TimestampMs now) => new(
        this, view, state.Disk, state.Producers.Entries.ToDictionary(entry => entry.ProducerId, entry => new LastOfProducer(entry.LastOffset, entry.Epoch)),
        limits, now)
    { Cuts = cuts };

    /// <summary>
    /// Puts what was compacted in the place of what it was made from. False where that is not in the log any more, since the log was cut or its
    /// beginning deleted, and while the log is being copied: then what was written is discarded, and the pass is over.
    /// </summary>
    public bool Swap(CleanedGroup cleaned, TimestampMs now)
    {
        if (IsOffline) return false;
        var isCurrent = !IsBeingCopied && SegmentSwap.IsCurrent(state, cleaned);
        Change(() =>
        {
            if (!isCurrent)
            {
                cleaned.Discard();
                return;
            }

            SegmentSwap.Run(state, cleaned);
            foreach (var source in cleaned.Sources) deleted.Enqueue((source.BaseOffset, now.Value + state.Config.FileDeleteDelayMs));
        });
        return isCurrent;
    }

    /// <summary>Notes how far a pass has come whose groups were all swapped in.</summary>
    public void EndCleaning(CleaningPass pass)
    {
        if (pass.Cuts == cuts && !IsOffline) Change(() => directory.Cleaner.Set(Partition, pass.EndOffset));
    }

    /// <summary>When <see cref="ApplyRetention"/> will find its oldest segment too old, in ms since the epoch; null where that does not come by itself.</summary>
    public long? RetentionDueMs => Retention.Due(state);

    public void ExpireProducers(TimestampMs now) => state.Producers.Expire(now, state.Config.ProducerIdExpirationMs);

    /// <summary>
    /// Makes durable what is in the log now; from any thread, while appends go on. Returns the offset up to which that is so.
    /// A failure takes the data folder offline and is not tried again: the kernel may have dropped what it could not write.
    /// </summary>
    public Offset Sync()
    {
        if (IsOffline) throw new LogDirectoryOfflineException(directory.Path);
        lock (syncing)
        {
            var snapshot = view;
            var from = RecoveryPoint;
            try
            {
                SyncSegments(snapshot, from);
                if (state.AreEpochsDirty)
                {
                    state.AreEpochsDirty = false;
                    using var epochs = state.Disk.Open(Path.Combine(Folder, LeaderEpochs.FileName), DiskMode.Open);
                    epochs.Sync();
                }

                if (state.IsFolderDirty)
                {
                    state.IsFolderDirty = false;
                    state.Disk.SyncDirectory(Folder);
                }
            }
            catch (IOException exception)
            {
                directory.Fail(exception);
                throw;
            }

            Interlocked.Exchange(ref recoveryPoint, Math.Max(from.Value, snapshot.LogEndOffset.Value));
            return RecoveryPoint;
        }
    }

    /// <summary>
    /// Closes the files. A clean close syncs, saves indexes and producers, and leaves nothing to be checked when it is opened again.
    /// </summary>
    public void Close(bool clean)
    {
        if (clean && !IsOffline) clean = TrySave();
        directory.Closed(this, clean && !IsOffline);
        IsClosed = true;
        foreach (var segment in state.Segments) segment.Close();
    }

    /// <summary>On a full disk there is nothing wrong with the log, but the next one to open it has to check it.</summary>
    private bool TrySave()
    {
        try
        {
            Change(() =>
            {
                // Nobody reads from a closed log, and nobody would come back to these.
                while (deleted.TryDequeue(out var retired)) Retention.Delete(state, retired.BaseOffset);
                state.Active.Seal();
                ProducerSnapshot.Save(state.Disk, Folder, state.NextOffset, state.Producers);
                state.IsFolderDirty = true;
                SyncSnapshot();
                state.Active.Segment.SyncIndexes();
            });
            Sync();
            return true;
        }
        catch (IOException failure) when (DiskFull.IsCause(failure))
        {
            return false;
        }
    }

    private void SyncSegments(LogView snapshot, Offset from)
    {
        for (var i = 0; i < snapshot.SealedSegments.Length; i++)
        {
            var segment = snapshot.SealedSegments[i];
            if (snapshot.BaseOffset(i + 1) > from.Value || segment.WasCut) SyncFile(segment);
            if (!segment.AreIndexesSynced) segment.SyncIndexes();
        }

        if (snapshot.LogEndOffset > from || snapshot.Active.Segment.WasCut) SyncFile(snapshot.Active.Segment);
    }

    private static void SyncFile(LogSegment segment)
    {
        segment.WasCut = false;
        segment.File.Sync();
    }

    private void SyncSnapshot()
    {
        using var snapshot = state.Disk.Open(SegmentFiles.Path(Folder, state.NextOffset.Value, SegmentFiles.Snapshot), DiskMode.Open);
        snapshot.Sync();
    }

    /// <summary>After a cut: a sync that was under way may just have moved it to where the log ended before.</summary>
    private void LowerRecoveryPoint(Offset offset)
    {
        lock (syncing)
        {
            if (offset >= RecoveryPoint) return;
            Interlocked.Exchange(ref recoveryPoint, offset.Value);
            directory.Overstate(Partition);
        }
    }

    /// <summary>After a cut: what is written from there on is dirty, whatever a pass that is under way comes to.</summary>
    private void ForgetCleaning(Offset offset)
    {
        cuts++;
        Change(() => directory.Cleaner.Lower(Partition, offset));
    }

    private void Change(Action change)
    {
        if (IsOffline) throw new LogDirectoryOfflineException(directory.Path);
        try
        {
            change();
            Publish();
        }
        catch (IOException exception) when (exception is not LogDirectoryOfflineException && !DiskFull.IsCause(exception))
        {
            directory.Fail(exception);
            throw;
        }
    }

    private void Publish()
    {
        var watermark = Offset.Max(state.LogStartOffset, Offset.Min(view.HighWatermark, state.NextOffset));
        view = new LogView(state, watermark);
    }

    private AppendOutcome Offline() => Failed(ErrorCode.KafkaStorageError, "The data folder is offline");

    private AppendOutcome Failed(ErrorCode error, string message) => AppendOutcome.Failed(error, message, state.LogStartOffset);
}
