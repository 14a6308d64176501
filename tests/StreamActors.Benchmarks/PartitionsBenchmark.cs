using System.Diagnostics;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Benchmarks.Servers;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Journal;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Benchmarks;

/// <summary>Partitions that exist and sleep: in the image of a process, and on a node that was told to create them.</summary>
internal static class PartitionsBenchmark
{
    private const int PerRequest = 10_000;
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(Options options)
    {
        var most = options.Int("image", 1_000_000);
        foreach (var perTopic in (int[])[1000, 10])
        {
            for (var count = most / 10; count <= most; count *= 10) MeasureImage(count, perTopic);
        }

        await MeasureAwakeAsync(options.Int("awake", 2000));
        await MeasureNodeAsync(options, options.Int("count", 100_000));
        return 0;
    }

    /// <summary>The controller's decisions and the image that they make; the memory of the image, the bytes of the records, the time to apply them.</summary>
    private static void MeasureImage(int count, int perTopic)
    {
        var records = Decide(count, perTopic);
        var journal = records.Sum(each => (long)MetadataRecordCodec.Encode(each).Length);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var cpu = CpuClock.Thread;
        var image = WithBroker();
        foreach (var each in records) image = new MetadataBuilder(image).Apply(each).Build(image.Sequence + 1).Image;
        cpu = CpuClock.Thread - cpu;
        var memory = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(FormattableString.Invariant(
            $"image: {count,9} partitions, {perTopic,4} to a topic: {(double)memory / count:0.0} bytes of memory each, {(double)journal / count:0.0} bytes of records each, applied in {cpu / 1e6:0} ms of CPU"));
        GC.KeepAlive(image);
        GC.KeepAlive(records);
    }

    /// <summary>Replicas that are awake and have nothing to do, in this process: actor, log and all. Half of them have taken a record.</summary>
    private static async Task MeasureAwakeAsync(int count)
    {
        using var folder = new TempFolder();
        await using var node = await Replicas.BenchmarkNode.StartAsync(StreamActors.Storage.Files.PhysicalDisk.Instance, folder.Path);
        await node.CreateAwakeAsync("first", 10);
        var before = await SettledMemoryAsync();
        var handles = await node.CreateAwakeAsync("awake", count);
        var empty = await SettledMemoryAsync();
        foreach (var handle in handles)
        {
            var append = Broker.Replicas.AwaitedAppend.Rent(Requests.TinyBatch(), Broker.Replicas.RequiredAcks.Leader);
            handle.Actor.Tell(append, Akka.Actor.ActorRefs.NoSender);
            if ((await append.Answer).Error != ErrorCode.None) throw new InvalidOperationException("An append failed");
        }

        var used = await SettledMemoryAsync();
        Console.WriteLine(FormattableString.Invariant(
            $"awake: {count} replicas: {(empty - before) / 1024.0 / count:0.0} KiB each when they have just woken, {(used - before) / 1024.0 / count:0.0} KiB when each has taken a record"));
        GC.KeepAlive(handles);
    }

    private static async Task<long> SettledMemoryAsync()
    {
        await Task.Delay(Settled);
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static List<IReadOnlyList<IRecordMessage>> Decide(int count, int perTopic)
    {
        var core = new ControllerCore(new ControllerSettings(), Guid.NewGuid);
        var image = WithBroker();
        var decided = new List<IReadOnlyList<IRecordMessage>>();
        for (var done = 0; done < count; done += PerRequest)
        {
            var request = new CreateTopicsRequest
            {
                Topics = [.. Names(done, perTopic).Select(name => new CreateTopicsRequest.CreatableTopic { Name = name, NumPartitions = perTopic, ReplicationFactor = 1 })],
            };
            var decision = core.Decide(image, request);
            image = new MetadataBuilder(image).Apply(decision.Records).Build(image.Sequence + 1).Image;
            decided.Add([.. decision.Records]);
        }

        return decided;
    }

    private static IEnumerable<string> Names(int from, int perTopic) =>
        Enumerable.Range(from / perTopic, PerRequest / perTopic).Select(index => $"sleeping-{index:0000000}");

    private static MetadataImage WithBroker() => MetadataImage.Empty with
    {
        ClusterId = "AAAAAAAAAAAAAAAAAAAAAA",
        Brokers = MetadataImage.Empty.Brokers.Add(1, new BrokerImage(new BrokerId(1), Guid.NewGuid(), 0, [], null, Fenced: false, [])),
    };

    private static async Task MeasureNodeAsync(Options options, int count)
    {
        using var folder = new TempFolder();
        TopicTarget? used = null;
        await using (var server = ServerProcess.StartOurs(options, folder.Path))
        {
            using var client = await BrokerClient.ConnectAsync(server);
            await client.ProduceAsync(await client.CreateTopicAsync("first", 1), 0, Requests.TinyBatch());
            await Task.Delay(Settled);
            var (resident, journal, start) = (server.ResidentBytes, JournalBytes(folder), Stopwatch.GetTimestamp());
            for (var done = 0; done < count; done += PerRequest)
            {
                var created = await client.CreateTopicsAsync(Names(done, 1000), 1000);
                if (created.Topics.Find(topic => topic.ErrorCode != 0) is { } refused) throw new InvalidOperationException($"{refused.Name}: {(ErrorCode)refused.ErrorCode}");
                used = new TopicTarget(created.Topics[^1].Name, created.Topics[^1].TopicId, 1000);
            }

            Console.WriteLine(FormattableString.Invariant($"node: {count} partitions created in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"));
            await Task.Delay(Settled);
            Console.WriteLine(FormattableString.Invariant(
                $"node: {(double)(JournalBytes(folder) - journal) / count:0.0} bytes in the journal's folder each; resident {server.ResidentBytes / 1e6:0} MB, was {resident / 1e6:0} MB"));
            resident = server.ResidentBytes;
            await WakeAsync("first use", client, used!);
            await Task.Delay(Settled);
            Console.WriteLine(FormattableString.Invariant(
                $"node: {used!.Partitions} partitions in use: resident {server.ResidentBytes / 1e6:0} MB, {(server.ResidentBytes - resident) / 1024.0 / used.Partitions:0.0} KiB each"));
        }

        await using var again = ServerProcess.StartOurs(options, folder.Path);
        using var reader = await BrokerClient.ConnectAsync(again);
        await reader.ProduceAsync(used!, 0, Requests.TinyBatch());
        Console.WriteLine($"node: started again with them: a record is acknowledged after {Stopwatch.GetElapsedTime(again.StartedAt).TotalMilliseconds:0} ms");
        await WakeAsync("woken", reader, used!);
        await Task.Delay(Settled);
        Console.WriteLine($"node: resident {again.ResidentBytes / 1e6:0} MB");
    }

    /// <summary>The first record in each partition, one after the other: each has to be woken for it.</summary>
    private static async Task WakeAsync(string what, BrokerClient client, TopicTarget topic)
    {
        var times = new Sample();
        for (var partition = 0; partition < topic.Partitions; partition++)
        {
            var start = Stopwatch.GetTimestamp();
            await client.ProduceAsync(topic, partition, Requests.TinyBatch());
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Console.WriteLine($"node: {what}: a record in a partition that sleeps is acknowledged after {times.Text("0.0")} ms, 99 of 100 in {times.Quantile(0.99):0.0} ms");
    }

    private static long JournalBytes(TempFolder folder) =>
        new DirectoryInfo(folder.Path).GetDirectories("__cluster_metadata-*").SelectMany(each => each.GetFiles("*.log")).Sum(file => file.Length);
}
