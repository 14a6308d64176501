using StreamActors.Protocol;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Tests;

public sealed class LogDirectoriesTests : IDisposable
{
    private static readonly TopicId Topic = new(new Guid(1, 2, 3, new byte[8]));
    private readonly TempFolder folder = new();
    private int ids;

    [Fact]
    public void New_partitions_go_where_there_are_the_fewest_and_are_found_there_again()
    {
        var opened = Open("a", "b", "c");
        for (var partition = 0; partition < 9; partition++) Fill(opened, partition);
        Assert.All(opened.All, directory => Assert.Equal(3, directory.ListPartitions().Count()));
        var places = Enumerable.Range(0, 9).Select(partition => opened.Find(Name(partition))!.Path).ToArray();
        Close(opened);

        var again = Open("c", "a", "b");
        Assert.Equal(places, Enumerable.Range(0, 9).Select(partition => again.Place(Name(partition), Topic, isNew: false).Path));
        Assert.Null(again.Find(Name(9)));
        Assert.Empty(again.Duplicates);
        Assert.All(again.All, directory => Assert.True(directory.WasStoppedCleanly));
        Close(again);
    }

    [Fact]
    public void What_is_deleted_makes_room_for_the_next()
    {
        var opened = Open("a", "b");
        Fill(opened, 0);
        Fill(opened, 1);
        var first = opened.Find(Name(0))!;
        first.OpenLogs.Single().Close(clean: true);
        first.Delete(Name(0), new Guid(6, 6, 6, new byte[8]));
        opened.Forget(Name(0));
        Assert.Null(opened.Find(Name(0)));
        Assert.Same(first, opened.Place(Name(2), Topic, isNew: true));
        Close(opened);
    }

    [Fact]
    public void Of_two_folders_of_a_partition_the_one_that_reaches_farther_is_used()
    {
        var one = Open("a");
        Fill(one, 0, records: 2);
        Close(one);
        var other = Open("b");
        Fill(other, 0, records: 5);
        Close(other);

        var both = Open("a", "b");
        Assert.Equal(new DuplicatePartition(Name(0), folder.In("b"), folder.In("a")), Assert.Single(both.Duplicates));
        Assert.Equal(5, both.Find(Name(0))!.OpenLog(Name(0), Topic, LogConfig.Default, new TimestampMs(1)).View.LogEndOffset.Value);
        Close(both);
        Assert.True(Directory.Exists(Path.Combine(folder.In("a"), Name(0).ToString())));
    }

    [Theory]
    [InlineData(5, 2)]
    [InlineData(2, 5)]
    public void Of_two_topics_of_one_name_each_has_its_own_folder(int former, int present)
    {
        var deleted = new TopicId(new Guid(4, 4, 4, new byte[8]));
        foreach (var (name, topic, records) in new[] { ("a", deleted, former), ("b", Topic, present) })
        {
            var single = Open(name);
            Append(single.All[0].OpenLog(Name(0), topic, LogConfig.Default, new TimestampMs(1)), records);
            Close(single);
        }

        var both = Open("a", "b");
        Assert.Empty(both.Duplicates);
        Assert.Same(both.All[1], both.Find(Name(0), Topic));
        Assert.Same(both.All[1], both.Find(Name(0)));
        Assert.Same(both.All[0], both.Find(Name(0), deleted));
        var place = both.Place(Name(0), Topic, isNew: false);
        Assert.Equal(present, place.OpenLog(Name(0), Topic, LogConfig.Default, new TimestampMs(1)).View.LogEndOffset.Value);
        both.All[0].SetAside(Assert.Single(both.All[0].FindPartitions()));
        Assert.Same(place, both.Find(Name(0), new TopicId(new Guid(6, 6, 6, new byte[8]))));
        Close(both);
    }

    [Fact]
    public void One_that_fails_is_passed_over_and_its_partitions_are_not_begun_anew_elsewhere()
    {
        var opened = Open("a", "b");
        Fill(opened, 0);
        Fill(opened, 1);
        LogDirectory? told = null;
        opened.Failed += (directory, _) => told = directory;
        var failing = opened.All[1];
        var lost = Enumerable.Range(0, 2).Select(Name).Single(partition => opened.Find(partition) == failing);
        Assert.False(opened.IsFatal(failing));
        Assert.True(opened.IsFatal(opened.Metadata));
        failing.Fail(new IOException("planted"));
        Assert.Same(failing, told);
        Assert.Same(failing, opened.Place(lost, Topic, isNew: false));
        Assert.Throws<LogDirectoryOfflineException>(() => failing.OpenLog(lost, Topic, LogConfig.Default, new TimestampMs(1)));
        Assert.Same(opened.All[0], opened.Place(Name(7), Topic, isNew: true));
        Assert.Same(opened.All[0], opened.Place(Name(8), Topic, isNew: true));
        Assert.False(opened.IsWhole);
        Assert.True(opened.IsLost(lost, isNew: true));
        Assert.False(opened.IsLost(Name(7), isNew: false));
        Assert.False(opened.IsLost(Name(9), isNew: false));
        Assert.Throws<LogDirectoryOfflineException>(() => opened.Move(lost, opened.All[0]));
        Assert.Same(failing, opened.Find(lost));
        Assert.True(opened.IsFatal(opened.All[0]));
        Close(opened);
    }

    [Fact]
    public void One_that_cannot_be_opened_is_left_out_and_only_what_is_certainly_new_is_begun()
    {
        File.WriteAllText(folder.In("file"), "not a folder");
        var opened = Open("a", "file/b");
        Assert.Equal(folder.In("file/b"), Assert.Single(opened.Unavailable).Path);
        Assert.False(opened.IsWhole);
        Assert.False(opened.IsSingle);
        Assert.True(opened.IsLost(Name(0), isNew: false));
        Assert.False(opened.IsLost(Name(0), isNew: true));
        Assert.Throws<LogDirectoryOfflineException>(() => opened.Place(Name(0), Topic, isNew: false));
        Assert.Same(opened.All[0], opened.Place(Name(0), Topic, isNew: true));
        Assert.Same(opened.All[0], opened.Place(Name(0), Topic, isNew: false));
        Assert.False(opened.IsLost(Name(0), isNew: false));
        Close(opened);
        Assert.Throws<NoLogDirectoryException>(() => Open("file/b", "a"));
        Close(Open("a"));
    }

    [Fact]
    public void The_metadata_log_may_have_a_folder_of_its_own()
    {
        var opened = Open(["a", "b"], "meta");
        Assert.Equal(folder.In("meta"), opened.Metadata.Path);
        Assert.Equal(2, opened.All.Length);
        for (var partition = 0; partition < 4; partition++) Fill(opened, partition);
        Assert.Empty(opened.Metadata.ListPartitions());
        Close(opened);
    }

    [Fact]
    public void Folders_of_two_clusters_or_copies_of_one_are_refused_and_given_back()
    {
        foreach (var (name, cluster) in new[] { ("a", "one"), ("b", "two") })
        {
            var single = Open(name);
            single.BelongTo(cluster);
            Close(single);
        }

        Assert.Contains("belongs to cluster one", Assert.Throws<InvalidDataException>(() => Open("a", "b")).Message);
        Directory.CreateDirectory(folder.In("copy"));
        File.Copy(Path.Combine(folder.In("a"), "meta.properties"), Path.Combine(folder.In("copy"), "meta.properties"));
        Assert.Contains("directory.id", Assert.Throws<InvalidDataException>(() => Open("a", "copy")).Message);
        var opened = Open("a", "new");
        opened.BelongTo("one");
        Close(opened);
        Assert.All(Open("a", "new").All, directory => Assert.Equal("one", directory.ClusterId));
    }

    [Fact]
    public void A_partition_is_as_large_asleep_as_it_is_open()
    {
        var opened = Open("a", "b");
        Fill(opened, 0, records: 5);
        var directory = opened.Find(Name(0))!;
        var size = directory.SizeOf(Name(0));
        Assert.True(size > 100);
        directory.OpenLogs.Single().Close(clean: true);
        Assert.Equal(size, directory.SizeOf(Name(0)));
        Assert.Equal(0, directory.SizeOf(Name(1)));
        Close(opened);
    }

    [Fact]
    public void A_copy_follows_a_log_that_is_written_cut_and_shortened()
    {
        var opened = Open("a", "b");
        Fill(opened, 0, records: 5);
        var log = opened.Find(Name(0))!.OpenLogs.Single();
        var destination = opened.All.Single(directory => directory != log.Directory);
        var copying = Copy(destination);
        var copy = copying.Log;
        Assert.True(copying.Step(log, 1 << 20, new TimestampMs(1)) > 0);
        Assert.Equal(0, copying.Step(log, 1 << 20, new TimestampMs(1)));
        Append(log, 3);
        copying.Step(log, 1 << 20, new TimestampMs(1));
        Assert.Equal(8, copy.View.LogEndOffset.Value);
        log.TruncateTo(new Offset(5));
        copying.Step(log, 1 << 20, new TimestampMs(1));
        Assert.Equal(5, copy.View.LogEndOffset.Value);
        log.TruncateFullyAndStartAt(new Offset(20), new TimestampMs(1));
        Append(log, 4);
        copying.Step(log, 1 << 20, new TimestampMs(1));
        Assert.Equal(24, copy.View.LogEndOffset.Value);
        var from = log.View.Read(new Offset(20), 1 << 20, true, Isolation.LogEnd).Records.ToArray();
        Assert.Equal(from, copy.View.Read(new Offset(20), 1 << 20, true, Isolation.LogEnd).Records.ToArray());
        Close(opened);
    }

    public void Dispose() => folder.Dispose();

    private LogCopy Copy(LogDirectory destination, string? left = null) =>
        new(destination.OpenFutureLog(Name(0), Topic, LogConfig.Default, new Guid(++ids, 7, 7, new byte[8]), new TimestampMs(1), left));

    private static void Append(PartitionLog log, int records) =>
        log.Append([new AppendItem(Batches.Of(records))], new LeaderEpoch(0), new TimestampMs(1));

    private static TopicPartition Name(int partition) => new("topic", partition);

    private LogDirectories Open(params string[] names) => Open(names, null);

    private LogDirectories Open(string[] names, string? metadata) => LogDirectories.Open(
        PhysicalDisk.Instance, [.. names.Select(folder.In)], metadata is null ? null : folder.In(metadata), new BrokerId(1), () => new Guid(++ids, 0, 0, new byte[8]));

    private static void Fill(LogDirectories directories, int partition, int records = 1)
    {
        var log = directories.Place(Name(partition), Topic, isNew: true).OpenLog(Name(partition), Topic, LogConfig.Default, new TimestampMs(1));
        log.Append([new AppendItem(Batches.Of(records))], new LeaderEpoch(0), new TimestampMs(1));
    }

    private static void Close(LogDirectories directories)
    {
        foreach (var log in directories.OpenLogs.ToArray()) log.Close(clean: true);
        directories.Close(clean: true);
    }
}
