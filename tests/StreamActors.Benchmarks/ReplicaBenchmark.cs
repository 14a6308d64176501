using System.Diagnostics;
using Akka.Actor;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Benchmarks.Replicas;
using StreamActors.Broker.Replicas;
using StreamActors.Protocol;
using StreamActors.Storage;
using StreamActors.Storage.Files;
using StreamActors.Storage.Validation;

namespace StreamActors.Benchmarks;

/// <summary>
/// There and back between gateway and replica: appends of one small record are told to the real replica, whose segments keep
/// nothing, and awaited as the gateway does. Beside it the two parts: an actor that only answers, and the log alone.
/// </summary>
internal static class ReplicaBenchmark
{
    private const string Topic = "discarded";

    public static async Task<int> RunAsync(Options options)
    {
        var (appends, inFlight) = (options.Int("appends", 2_000_000), options.Int("in-flight", 64));
        var disk = new DiscardingDisk(PhysicalDisk.Instance, Topic);
        using var folder = new TempFolder();
        await using var node = await BenchmarkNode.StartAsync(disk, folder.Path);
        var handle = await node.CreateAsync(Topic);
        var echo = node.System.ActorOf(Props.Create(() => new EchoActor()).WithDispatcher(new ReplicaSettings().Dispatcher));

        await RoundTripsAsync("warm-up", handle.Actor, RequiredAcks.All, appends / 4, inFlight);
        await RoundTripsAsync("warm-up", echo, RequiredAcks.All, appends / 4, inFlight);
        for (var round = 0; round < 3; round++)
        {
            await RoundTripsAsync("replica, acks=all", handle.Actor, RequiredAcks.All, appends, inFlight);
            await RoundTripsAsync("replica, acks=1", handle.Actor, RequiredAcks.Leader, appends, inFlight);
            await RoundTripsAsync("actor that only answers", echo, RequiredAcks.All, appends, inFlight);
        }

        await RoundTripsAsync("replica, one in flight", handle.Actor, RequiredAcks.All, appends / 10, 1);
        LogAlone(disk, handle, appends, inFlight);
        Validation(handle, appends);
        return 0;
    }

    private static async Task RoundTripsAsync(string name, IActorRef actor, RequiredAcks acks, int appends, int inFlight)
    {
        var (cpu, start, allocated) = (CpuClock.Process, Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes());
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(() => TellAsync(actor, acks, appends / inFlight))));
        var wall = Stopwatch.GetElapsedTime(start);
        cpu = CpuClock.Process - cpu;
        Console.WriteLine(FormattableString.Invariant(
            $"{name,-26} {inFlight,3} in flight: {cpu.TotalMicroseconds / appends:0.00} us of CPU, {wall.TotalMicroseconds / appends:0.00} us on the wall, {(double)(GC.GetTotalAllocatedBytes() - allocated) / appends:0} bytes allocated each"));
    }

    private static async Task TellAsync(IActorRef actor, RequiredAcks acks, int appends)
    {
        var batch = Requests.TinyBatch();
        for (var sent = 0; sent < appends; sent++)
        {
            var append = AwaitedAppend.Rent(batch, acks);
            actor.Tell(append, ActorRefs.NoSender);
            var outcome = await append.Answer;
            if (outcome.Error != ErrorCode.None) throw new InvalidOperationException($"{outcome.Error}: {outcome.ErrorMessage}");
        }
    }

    /// <summary>The part of storage: the same batches, gathered as many as were in flight, straight into a log.</summary>
    private static void LogAlone(IDisk disk, ReplicaHandle handle, int appends, int gathered)
    {
        using var folder = new TempFolder();
        var directory = LogDirectory.Open(disk, folder.Path, new BrokerId(1), Guid.NewGuid());
        var log = directory.OpenLog(new TopicPartition(Topic, 0), new TopicId(Guid.NewGuid()), handle.Config, new TimestampMs(1));
        var items = Enumerable.Range(0, gathered).Select(_ => new AppendItem(Requests.TinyBatch())).ToArray();
        foreach (var count in (int[])[gathered, 1])
        {
            var cpu = 0L;
            for (var pass = 0; pass < 2; pass++)
            {
                cpu = CpuClock.Thread;
                for (var done = 0; done < appends; done += count)
                {
                    log.Append(items.AsSpan(0, count), new LeaderEpoch(0), new TimestampMs(2));
                    log.AdvanceHighWatermark(log.View.LogEndOffset);
                }

                cpu = CpuClock.Thread - cpu;
            }

            Console.WriteLine(FormattableString.Invariant($"{"log alone",-26} {count,3} gathered:  {cpu / 1e3 / appends:0.00} us of CPU each"));
        }

        log.Close(clean: false);
        directory.Close(clean: false);
    }

    private static void Validation(ReplicaHandle handle, int times)
    {
        var batch = Requests.TinyBatch();
        var partition = new TopicPartition(Topic, 0);
        var cpu = CpuClock.Thread;
        for (var done = 0; done < times; done++)
        {
            using var valid = RecordBatchValidator.Validate(batch, handle.Config, partition, TimestampMs.Of(DateTimeOffset.UtcNow));
            if (valid.Error != ErrorCode.None) throw new InvalidOperationException($"{valid.Error}: {valid.Message}");
        }

        Console.WriteLine(FormattableString.Invariant($"{"check in the gateway",-26}               {(CpuClock.Thread - cpu) / 1e3 / times:0.00} us of CPU each (not part of the round trip)"));
    }
}
