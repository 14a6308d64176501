using Akka.Actor;
using StreamActors.Broker.Replicas;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage;

namespace StreamActors.Benchmarks.Load;

/// <summary>Batches of 64 KiB through the actors of replicas into their logs, and out again through the logs' views.</summary>
internal static class BatchLoad
{
    private const int InFlight = 8;
    private const int ReadSize = 64 * 1024;

    public static readonly byte[] Batch = Requests.Batch();

    private static readonly int recordsInBatch = new RecordBatchHeader(Batch).Count;
    private static readonly byte[] buffer = new byte[ReadSize];

    /// <summary>A place in memory for what is read.</summary>
    public static Span<byte> Buffer => buffer.AsSpan(0, Batch.Length);

    /// <summary>Appends batches, to one replica after the other, eight under way.</summary>
    public static Task AppendAsync(IReadOnlyList<ReplicaHandle> replicas, int batches)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(async () =>
        {
            var own = Batch.ToArray();
            while (Interlocked.Increment(ref next) is var at && at < batches)
            {
                var append = AwaitedAppend.Rent(own, RequiredAcks.Leader);
                replicas[at % replicas.Count].Actor.Tell(append, ActorRefs.NoSender);
                var outcome = await append.Answer;
                if (outcome.Error != ErrorCode.None) throw new InvalidOperationException($"{outcome.Error}: {outcome.ErrorMessage}");
            }
        })));
    }

    /// <summary>How many batches a log has.</summary>
    public static int CountIn(LogView view) => (int)(view.LogEndOffset.Value / recordsInBatch);

    /// <summary>Finds a batch by its offset and copies it out of the file. Returns its bytes.</summary>
    public static int Read(LogView view, int batch)
    {
        var read = view.Read(new Offset((long)batch * recordsInBatch), ReadSize, minOneBatch: true, Isolation.LogEnd);
        if (read.Records.Source is { } source) source.CopyTo(0, Buffer[..source.Length]);
        return read.Records.Length == Batch.Length ? Batch.Length : throw new InvalidOperationException($"{read.Records.Length} bytes were read of batch {batch}: {read.Error}");
    }

    /// <summary>A place that has nothing to do with the last one.</summary>
    public static int Scatter(int at, int count) => (int)((at * 2654435761L) % count);
}
