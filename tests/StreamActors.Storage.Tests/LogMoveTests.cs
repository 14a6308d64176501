using StreamActors.Protocol;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Compaction;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Tests;

/// <summary>Moves of logs between data folders, interrupted at every point that leaves something.</summary>
public sealed class LogMoveTests : IDisposable
{
    private static readonly TopicId Topic = new(new Guid(1, 2, 3, new byte[8]));
    private static readonly TopicPartition Name = new("topic", 0);
    private static readonly TimestampMs Now = new(1000);
    private readonly TempFolder folder = new();
    private LogDirectories directories;
    private int ids;

    public LogMoveTests() => directories = Open();

    private LogDirectory Home => directories.All[0];

    private LogDirectory Destination => directories.All[1];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_move_that_was_interrupted_is_gone_on_with_from_where_it_was(bool isClean)
    {
        var log = Fill(batches: 5);
        var copy = Begin();
        copy.Step(log, 1, Now);
        copy.Step(log, 1, Now);
        Restart(isClean);

        var left = Assert.Single(LogMoves.FindCopies(directories));
        Assert.Equal((Destination, Name, Topic), (left.Directory, left.Copy.Partition, left.Copy.TopicId!.Value));
        FinishDeletions(isResumed: true);
        log = OpenLog();
        copy = Begin(left.Copy.Folder);
        Assert.Equal(isClean ? 0 : 1, copy.Log.Recovery.SegmentsChecked);
        Assert.Equal(20, copy.Log.View.LogEndOffset.Value);
        Assert.True(copy.Step(log, 1, Now) > 0);
        Assert.Equal(30, copy.Log.View.LogEndOffset.Value);
        Swap(log, copy);
        Assert.Same(Destination, directories.Find(Name));
        Assert.Equal(50, OpenLog().View.HighWatermark.Value);
        Restart(isClean);
        Assert.Empty(directories.Duplicates);
        Assert.Equal(50, OpenLog().View.LogEndOffset.Value);
    }

    [Fact]
    public void A_copy_is_cut_to_where_the_log_was_before_it_lost_its_end_and_went_on_under_a_higher_epoch()
    {
        var log = Fill(batches: 3);
        var copy = Begin();
        while (copy.Step(log, 1 << 20, Now) > 0)
        {
        }

        Restart(isClean: true);
        log = OpenLog();
        log.TruncateTo(new Offset(20));
        Append(log, epoch: 4, records: 15);
        copy = Begin(LogMoves.FindCopies(directories).Single().Copy.Folder);
        Assert.Equal(30, copy.Log.View.LogEndOffset.Value);
        Assert.True(copy.Step(log, 1 << 20, Now) > 0);
        Assert.Equal(35, copy.Log.View.LogEndOffset.Value);
        AssertSame(log, copy.Log, 20);
    }

    [Fact]
    public void A_copy_whose_records_are_not_those_of_the_log_is_begun_anew()
    {
        var log = Fill(batches: 3);
        var copy = Begin();
        copy.Step(log, 1 << 20, Now);
        Restart(isClean: true);
        log = OpenLog();
        log.TruncateTo(new Offset(20));
        Append(log, epoch: 0, records: 10, timestamp: 5000);
        copy = Begin(LogMoves.FindCopies(directories).Single().Copy.Folder);
        copy.Step(log, 1, Now);
        Assert.Equal(10, copy.Log.View.LogEndOffset.Value);
        copy.Step(log, 1 << 20, Now);
        AssertSame(log, copy.Log, 20);
    }

    [Fact]
    public void A_log_is_not_compacted_while_it_is_copied()
    {
        var log = Fill(batches: 3);
        log.Roll(Now);
        var copy = Begin();
        using (var pass = log.BeginCleaning(new CleanerLimits(), Now))
        {
            while (pass.Advance(1 << 20) != CleaningState.SwapsGroup)
            {
            }

            copy.Step(log, 1, Now);
            Assert.True(log.IsBeingCopied);
            Assert.False(log.Swap(pass.Group!, Now));
        }

        copy.Drop();
        Assert.False(log.IsBeingCopied);
        Assert.Empty(LogMoves.FindCopies(directories));
        Assert.Equal(1, Compaction.Cleaning.Run(log, Now));
    }

    [Fact]
    public void A_copy_of_a_log_that_was_compacted_since_is_begun_anew()
    {
        var log = Fill(batches: 3);
        log.Roll(Now);
        Append(log, epoch: 0, records: 1);
        var copy = Begin();
        copy.Step(log, 1, Now);
        copy.Close();
        Assert.Equal(1, Compaction.Cleaning.Run(log, Now));
        copy = Begin(LogMoves.FindCopies(directories).Single().Copy.Folder);
        while (copy.Step(log, 1 << 20, Now) > 0)
        {
        }

        Assert.Equal(log.View.SizeInBytes, copy.Log.View.SizeInBytes);
    }

    [Fact]
    public void Copies_that_cannot_be_gone_on_with_are_removed()
    {
        Fill(batches: 1);
        var third = Path.Combine(folder.In("b"), "topic-0.00000000000000000000000000000007-future");
        Restart(isClean: true);
        CopyFolder(Path.Combine(folder.In("a"), "topic-0"), third);
        Assert.Single(LogMoves.FindCopies(directories));
        CopyFolder(third, third.Replace("7-future", "8-future", StringComparison.Ordinal));
        Assert.Empty(LogMoves.FindCopies(directories));
        FinishDeletions(isResumed: false);
        Assert.Empty(Destination.Halfway.FindFutures());

        CopyFolder(Path.Combine(folder.In("a"), "topic-0"), third);
        File.Delete(Path.Combine(third, "partition.metadata"));
        Assert.Empty(LogMoves.FindCopies(directories));
        Directory.Move(Path.Combine(folder.In("a"), "topic-0"), Path.Combine(folder.In("a"), "topic-1"));
        Restart(isClean: true);
        Assert.Empty(LogMoves.FindCopies(directories));
        FinishDeletions(isResumed: false);
        Assert.False(Directory.Exists(third));
    }

    [Fact]
    public void A_move_that_was_interrupted_between_two_names_is_undone_and_what_lies_elsewhere_is_left_to_be_removed()
    {
        var log = Fill(batches: 2);
        log.Close(clean: true);
        var moved = Home.Halfway.GiveUp(Name, new Guid(7, 7, 7, new byte[8]));
        Restart(isClean: true);
        Assert.Same(Home, directories.Find(Name));
        Assert.Equal(20, OpenLog().View.LogEndOffset.Value);

        CopyFolder(Path.Combine(folder.In("a"), "topic-0"), Path.Combine(folder.In("b"), moved));
        Restart(isClean: true);
        Assert.Same(Home, directories.Find(Name));
        FinishDeletions(isResumed: false);
        Assert.False(Directory.Exists(Path.Combine(folder.In("b"), moved)));
    }

    [Fact]
    public void While_a_data_folder_is_missing_nothing_is_undone_or_removed_that_may_be_all_there_is()
    {
        var log = Fill(batches: 2);
        log.Close(clean: true);
        var moved = Home.Halfway.GiveUp(Name, new Guid(7, 7, 7, new byte[8]));
        Close(isClean: true);
        Directory.Move(folder.In("b"), folder.In("c"));
        File.WriteAllText(folder.In("b"), "not a folder");
        directories = Open();
        FinishDeletions(isResumed: false);
        Assert.Null(directories.Find(Name));
        Assert.Throws<LogDirectoryOfflineException>(() => directories.Place(Name, Topic, isNew: false));
        Assert.True(Directory.Exists(Path.Combine(folder.In("a"), moved)));
        Close(isClean: true);
        File.Delete(folder.In("b"));
        directories = Open();
        Assert.Equal(20, OpenLog().View.LogEndOffset.Value);
    }

    [Fact]
    public void What_checkpoints_say_of_a_former_life_is_not_taken_for_the_next_one()
    {
        var log = Fill(batches: 5);
        log.Sync();
        directories.WriteCheckpoints();
        log.Close(clean: true);
        Home.Delete(Name, new Guid(6, 6, 6, new byte[8]));
        log = OpenLog();
        Append(log, epoch: 0, records: 10);
        Restart(isClean: false);
        log = OpenLog();
        Assert.Equal(10, log.View.LogEndOffset.Value);
        Assert.Empty(log.View.DamagedOffsets);
    }

    [Fact]
    public void A_partition_that_lies_nowhere_is_made_where_it_was_wished()
    {
        Fill(batches: 1);
        var other = new TopicPartition("topic", 1);
        Assert.False(directories.TryWish(Name, Destination));
        Assert.True(directories.TryWish(other, Home));
        Assert.Same(Home, directories.Place(other, Topic, isNew: true));
        var third = new TopicPartition("topic", 2);
        Assert.True(directories.TryWish(third, Home));
        directories.Forget(third);
        Assert.Same(Destination, directories.Place(third, Topic, isNew: true));
    }

    [Fact]
    public void Names_that_would_not_fit_with_what_a_move_adds_cannot_be_moved()
    {
        Assert.True(LogMoves.CanMove(new TopicPartition(new string('t', 213), 0)));
        Assert.False(LogMoves.CanMove(new TopicPartition(new string('t', 214), 0)));
    }

    [Fact]
    public void Logs_have_the_same_records_up_to_where_their_largest_common_epoch_ends_first()
    {
        var three = Epochs((0, 0), (3, 50));
        Assert.Equal(80, Common(three, 100, three, 80));
        Assert.Equal(70, Common(Epochs((0, 0), (3, 50), (4, 70)), 90, three, 100));
        Assert.Equal(40, Common(Epochs((0, 0), (4, 40)), 90, three, 100));
        Assert.Equal(0, Common(Epochs((4, 0)), 90, Epochs((3, 0)), 50));
        Assert.Equal(20, Common(Epochs(), 20, Epochs(), 50));
        Assert.Equal(10, Common(Epochs((1, 10)), 20, Epochs(), 50));
    }

    public void Dispose()
    {
        Close(isClean: false);
        folder.Dispose();
    }

    private static long Common(LeaderEpochs one, long oneEnd, LeaderEpochs other, long otherEnd)
    {
        var end = LeaderEpochs.CommonEnd(one, new Offset(oneEnd), other, new Offset(otherEnd)).Value;
        Assert.Equal(end, LeaderEpochs.CommonEnd(other, new Offset(otherEnd), one, new Offset(oneEnd)).Value);
        return end;
    }

    private static LeaderEpochs Epochs(params (int Epoch, long Start)[] starts) =>
        starts.Aggregate(LeaderEpochs.Empty, (epochs, start) => epochs.Assign(new LeaderEpoch(start.Epoch), new Offset(start.Start)));

    private static void AssertSame(PartitionLog log, PartitionLog copy, long from)
    {
        Assert.Equal(log.View.LogEndOffset, copy.View.LogEndOffset);
        var (expected, actual) = (log.View.Read(new Offset(from), 1 << 20, true, Isolation.LogEnd), copy.View.Read(new Offset(from), 1 << 20, true, Isolation.LogEnd));
        Assert.Equal(expected.Records.ToArray(), actual.Records.ToArray());
    }

    private static void Append(PartitionLog log, int epoch, int records, long timestamp = 1000) =>
        log.Append([new AppendItem(Batches.Of(records, timestamp))], new LeaderEpoch(epoch), Now);

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private PartitionLog Fill(int batches)
    {
        var log = OpenLog();
        for (var batch = 0; batch < batches; batch++) Append(log, epoch: 0, records: 10);
        log.AdvanceHighWatermark(log.View.LogEndOffset);
        return log;
    }

    private PartitionLog OpenLog() => directories.Place(Name, Topic, isNew: true).OpenLog(Name, Topic, LogConfig.Default, Now);

    private LogCopy Begin(string? left = null) => new(Destination.OpenFutureLog(Name, Topic, LogConfig.Default, NewId(), Now, left));

    private void Swap(PartitionLog log, LogCopy copy) => Home.Remove(LogMoves.Swap(directories, log, copy, NewId, Now)!);

    private void FinishDeletions(bool isResumed)
    {
        foreach (var directory in directories.All) LogMoves.FinishDeletions(directories, directory, _ => isResumed);
    }

    private void Restart(bool isClean)
    {
        Close(isClean);
        directories = Open();
    }

    private void Close(bool isClean)
    {
        if (!isClean) directories.WriteCheckpoints();
        foreach (var log in directories.OpenLogs.ToArray()) log.Close(isClean);
        directories.Close(isClean);
    }

    private LogDirectories Open() => LogDirectories.Open(PhysicalDisk.Instance, [folder.In("a"), folder.In("b")], null, new BrokerId(1), NewId);

    private Guid NewId() => new(++ids, 0, 0, new byte[8]);
}
