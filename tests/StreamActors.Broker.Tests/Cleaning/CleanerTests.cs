using System.Text;
using Akka.Actor;
using StreamActors.Broker.Node;
using StreamActors.Broker.Replicas;
using StreamActors.Broker.Tests.Node;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Storage;

namespace StreamActors.Broker.Tests.Cleaning;

/// <summary>Compaction as a node does it by itself.</summary>
public class CleanerTests
{
    private static readonly (string, string)[] Compacted = [("cleanup.policy", "compact"), ("segment.bytes", "1048576"), ("max.message.bytes", "1000000"), ("min.cleanable.dirty.ratio", "0.1")];

    [Fact]
    public async Task A_compacted_topic_gets_smaller_and_keeps_the_last_values()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(folder.Path, WithCleaner);
        var handle = await node.WakeAsync(await node.CreateTopicAsync("states", 1, Compacted));
        for (var i = 0; i < 200; i++) await AppendAsync(handle, $"k{i % 10}", Large(i));
        await Eventually.Async(() => handle.View.SizeInBytes < 3_000_000);
        Assert.Equal(200, handle.View.LogEndOffset.Value);
        Assert.Equal(0, handle.View.LogStartOffset.Value);
        var last = ReadAll(handle).GroupBy(record => record.Key).ToDictionary(group => group.Key, group => group.Last().Value);
        Assert.Equal(Enumerable.Range(0, 10).ToDictionary(k => $"k{k}", k => Large(190 + k)), last);
    }

    [Fact]
    public async Task A_topic_that_is_not_compacted_keeps_everything()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(folder.Path, WithCleaner);
        var compacted = await node.WakeAsync(await node.CreateTopicAsync("states", 1, Compacted));
        var kept = await node.WakeAsync(await node.CreateTopicAsync("events", 1, ("segment.bytes", "1048576")));
        for (var i = 0; i < 100; i++)
        {
            await AppendAsync(kept, "k", Large(i));
            await AppendAsync(compacted, "k", Large(i));
        }

        await Eventually.Async(() => compacted.View.SizeInBytes < 1_500_000);
        Assert.Equal(100, ReadAll(kept).Count);
    }

    [Fact]
    public async Task A_log_that_is_damaged_is_left_alone_and_the_others_go_on()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(folder.Path, WithCleaner);
        var damaged = await node.WakeAsync(await node.CreateTopicAsync("damaged", 1, Compacted));
        await AppendAsync(damaged, "k", "value");
        using (var file = Storage.Files.PhysicalDisk.Instance.Open(
                   Path.Combine(folder.Path, "damaged-0", "00000000000000000000.log"), Storage.Files.DiskMode.Open))
        {
            file.Write(70, [0xEE]);
        }

        for (var i = 0; i < 100; i++) await AppendAsync(damaged, "k", Large(i));
        var size = damaged.View.SizeInBytes;
        var good = await node.WakeAsync(await node.CreateTopicAsync("good", 1, Compacted));
        for (var i = 0; i < 100; i++) await AppendAsync(good, "k", Large(i));
        await Eventually.Async(() => good.View.SizeInBytes < 1_500_000);
        Assert.Equal(size, damaged.View.SizeInBytes);
        Assert.Null(node.Ended);
        Assert.Equal(ErrorCode.None, (await AppendAsync(damaged, "k", "still")).Error);
    }

    [Fact]
    public async Task A_replica_that_is_due_does_not_sleep_until_it_is_compacted()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(
            folder.Path,
            options => WithCleaner(options, "1500") with { Replicas = options.Replicas with { PassivateAfter = TimeSpan.FromMilliseconds(100) } });
        var topic = await node.CreateTopicAsync("states", 1, Compacted);
        var handle = await node.WakeAsync(topic);
        for (var i = 0; i < 100; i++) await AppendAsync(handle, "k", Large(i));
        await Eventually.Async(() => node.Runtime.Directory.AwakeCount == 0);
        Assert.True((await node.WakeAsync(topic)).View.SizeInBytes < 1_500_000, "It slept before it was compacted.");
    }

    [Fact]
    public async Task What_was_dirty_when_the_node_stopped_is_compacted_after_its_start_though_nobody_asks_for_it()
    {
        using var folder = new TempFolder();
        await using (var node = await TestNode.StartAsync(folder.Path, options => WithCleaner(options, "600000")))
        {
            var handle = await node.WakeAsync(await node.CreateTopicAsync("states", 1, Compacted));
            for (var i = 0; i < 100; i++) await AppendAsync(handle, "k", Large(i));
            Assert.True(handle.View.SizeInBytes > 3_000_000);
        }

        await using (var node = await TestNode.StartAsync(folder.Path, WithCleaner))
        {
            await Eventually.Async(() => node.Runtime.Directory.Awake.Any(replica => replica.Topic == "states" && replica.View.SizeInBytes < 1_500_000));
        }
    }

    [Fact]
    public async Task A_topic_that_is_deleted_under_its_compaction_does_not_hold_up_the_others()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(folder.Path, options => WithCleaner(options, "50", bytesPerSecond: "3000000"));
        var doomed = await node.WakeAsync(await node.CreateTopicAsync("doomed", 1, Compacted));
        // Nothing is superseded there, so the whole of it is copied, which takes seconds at that pace; and there is always more.
        for (var i = 0; i < 200 || !Directory.EnumerateFiles(Path.Combine(folder.Path, "doomed-0"), "*.cleaned").Any(); i++)
            Assert.Equal(ErrorCode.None, (await AppendAsync(doomed, $"k{i}", Large(i))).Error);
        doomed.Actor.Tell(DeleteReplica.Instance, ActorRefs.NoSender);
        await Eventually.Async(() => doomed.Role == ReplicaRole.Offline);
        var good = await node.WakeAsync(await node.CreateTopicAsync("good", 1, Compacted));
        for (var i = 0; i < 100; i++) await AppendAsync(good, "k", Large(i));
        await Eventually.Async(() => good.View.SizeInBytes < 1_500_000);
        Assert.Null(node.Ended);
    }

    [Fact]
    public async Task A_log_is_due_by_time_alone()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(folder.Path, WithCleaner);
        var handle = await node.WakeAsync(await node.CreateTopicAsync(
            "states", 1, ("cleanup.policy", "compact"), ("min.cleanable.dirty.ratio", "1"), ("max.compaction.lag.ms", "1")));
        for (var i = 0; i < 10; i++) await AppendAsync(handle, "k", Large(i));
        // Without another append: the active segment ends by itself, and is compacted.
        await Eventually.Async(() => ReadAll(handle).Count == 1);
        Assert.Equal([("k", Large(9))], ReadAll(handle));
    }

    [Fact]
    public async Task There_are_as_many_cleaners_as_the_settings_say_while_the_node_runs()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(folder.Path, WithCleaner);
        foreach (var (threads, error) in new[] { (2, ErrorCode.None), (4, ErrorCode.None), (1, ErrorCode.InvalidRequest), (2, ErrorCode.None), (1, ErrorCode.None) })
        {
            var before = await CleanersAsync(node);
            Assert.Equal(error, await SetAsync(node, "log.cleaner.threads", $"{threads}"));
            await Eventually.Async(async () => await CleanersAsync(node) == (error == ErrorCode.None ? threads : before));
        }

        var handle = await node.WakeAsync(await node.CreateTopicAsync("states", 1, Compacted));
        for (var i = 0; i < 100; i++) await AppendAsync(handle, "k", Large(i));
        await Eventually.Async(() => handle.View.SizeInBytes < 1_500_000);
    }

    private static async Task<int> CleanersAsync(TestNode node) =>
        ((ActorRefWithCell)await node.System.ActorSelection("/user/cleaners").ResolveOne(Eventually.Patience)).Children.Count();

    private static async Task<ErrorCode> SetAsync(TestNode node, string name, string value)
    {
        var response = await node.AskControllerAsync<IncrementalAlterConfigsResponse>(new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = (sbyte)ConfigResourceType.Broker, ResourceName = "", Configs = [new() { Name = name, Value = value }] }],
        });
        return (ErrorCode)Assert.Single(response.Responses).ErrorCode;
    }

    private static NodeOptions WithCleaner(NodeOptions options) => WithCleaner(options, "50");

    private static NodeOptions WithCleaner(NodeOptions options, string backoff, string bytesPerSecond = "1e18") => options with
    {
        StaticConfigs = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["log.cleaner.backoff.ms"] = backoff,
            ["log.cleaner.dedupe.buffer.size"] = "1000000",
            ["log.cleaner.io.max.bytes.per.second"] = bytesPerSecond,
        },
    };

    /// <summary>Large enough that a hundred of them fill several segments of Kafka's least size.</summary>
    private static string Large(int value) => $"{value} {new string('v', 30_000)}";

    private static async Task<AppendOutcome> AppendAsync(ReplicaHandle handle, string key, string value)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(new TimestampMs(1000), Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        var append = AwaitedAppend.Rent(builder.Build(), RequiredAcks.All);
        handle.Actor.Tell(append, ActorRefs.NoSender);
        return await append.Answer.AsTask().WaitAsync(Eventually.Patience);
    }

    private static List<(string Key, string Value)> ReadAll(ReplicaHandle handle)
    {
        var records = new List<(string, string)>();
        var view = handle.View;
        for (var at = view.LogStartOffset; ;)
        {
            var read = view.Read(at, int.MaxValue, true, Isolation.Uncommitted);
            if (read.Records.Length == 0) return records;
            var batches = new RecordBatchReader(read.Records.ToArray());
            while (batches.MoveNext())
            {
                at = new Offset(batches.Current.Header.NextOffset);
                Assert.Equal(BatchError.None, batches.Current.Open(1 << 20, out var opened));
                using (opened)
                {
                    var reader = opened.Read();
                    while (reader.MoveNext())
                        records.Add((Encoding.UTF8.GetString(reader.Current.Key!.Value.Span), Encoding.UTF8.GetString(reader.Current.Value!.Value.Span)));
                }
            }
        }
    }
}
