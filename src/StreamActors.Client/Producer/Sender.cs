using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Client.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Producer;

/// <summary>
/// The producer's loop: takes the batches that are due, sends them to their leaders, and gives out what the answers say. Woken by new
/// batches, answers, connections and metadata; between them it sleeps until the next deadline.
/// </summary>
internal sealed class Sender : IRoutes, IDisposable
{
    private readonly ClientCore core;
    private readonly ProducerOptions options;
    private readonly Accumulator accumulator;
    private readonly BufferMemory memory;
    private readonly ProducerIdentity identity;
    private readonly AsyncSignal signal;
    private readonly Lock mutex = new();
    private readonly Dictionary<KafkaClientConnection, int> inFlight = [];
    private readonly HashSet<BrokerAddress> connecting = [];
    private bool isRefreshing;
    private bool isStarted;
    private volatile bool isStopped;

    public Sender(ClientCore core, ProducerOptions options, Accumulator accumulator, BufferMemory memory)
    {
        this.core = core;
        this.options = options;
        this.accumulator = accumulator;
        this.memory = memory;
        signal = new AsyncSignal(core.Options.Time);
        identity = new ProducerIdentity(core, signal.Set);
    }

    public KafkaException? Refused => identity.Refused;

    /// <summary>Something may be due. The first call starts the loop, in the caller's context.</summary>
    public void Wake()
    {
        bool starts;
        lock (mutex)
        {
            starts = !isStarted;
            isStarted = true;
        }

        if (starts) _ = RunAsync();
        else signal.Set();
    }

    public (ProducerId Id, short Epoch)? Identity(ProducerId? exhausted) => identity.Get(exhausted);

    public KafkaClientConnection? Find(TopicPartition partition)
    {
        var metadata = core.Metadata;
        var leader = metadata.Current.LeaderOf(partition);
        if (leader is null) metadata.Invalidate();
        if (metadata.IsStale) Refresh();
        if (leader is null) return null;
        if (core.Pool.TryGet(leader.Address) is not { } connection)
        {
            Connect(leader.Address);
            return null;
        }

        lock (mutex) return inFlight.GetValueOrDefault(connection) < options.MaxInFlightRequests ? connection : null;
    }

    public void Dispose()
    {
        isStopped = true;
        signal.Set();
    }

    private async Task RunAsync()
    {
        while (!isStopped)
        {
            var round = accumulator.Drain(this);
            foreach (var (batch, error) in round.Failed) Finish(batch, () => batch.Fail(error));
            foreach (var (connection, batches) in round.Requests)
            {
                if (batches.Count > 0) Send(connection, batches);
            }

            await signal.WaitAsync(round.Wake);
        }

        signal.Dispose();
    }

    private void Send(KafkaClientConnection connection, List<ProducerBatch> batches)
    {
        lock (mutex) inFlight[connection] = inFlight.GetValueOrDefault(connection) + 1;
        var image = core.Metadata.Current;
        var exchange = ProduceExchange.SendAsync(connection, batches, image, options, core.Options.RequestTimeout, accumulator.IdentityOf);
        _ = AwaitAsync(exchange, connection, batches, image);
    }

    private async Task AwaitAsync(Task<ProduceResponse?> exchange, KafkaClientConnection connection, List<ProducerBatch> batches, ClusterImage image)
    {
        ProduceResponse? response = null;
        KafkaException? failure = null;
        try
        {
            response = await exchange;
        }
        catch (KafkaException e)
        {
            failure = e;
        }

        foreach (var batch in batches) Settle(batch, response, failure, image);
        lock (mutex)
        {
            if (--inFlight[connection] == 0) inFlight.Remove(connection);
        }

        signal.Set();
    }

    private void Settle(ProducerBatch batch, ProduceResponse? response, KafkaException? failure, ClusterImage image)
    {
        var answer = response is null ? null : ProduceExchange.Find(response, batch.Partition, image);
        var error = failure
            ?? (response is not null && answer is null ? new KafkaException(ErrorCode.NetworkException, $"The broker's answer leaves {batch.Partition} out.") : null)
            ?? (answer is { ErrorCode: not 0 } ? ProduceExchange.Error(answer, batch.Partition) : null);
        if (error is not null && error.Code.IsAboutMetadata())
        {
            core.Metadata.Invalidate();
            Refresh();
        }

        if (!accumulator.Settle(batch, error, core.Backoff.Retry(batch.Attempts))) return;

        Finish(batch, () =>
        {
            // The broker has the records already, from an earlier attempt, but does not say where.
            if (error is { Code: ErrorCode.DuplicateSequenceNumber }) batch.Complete(-1, -1);
            else if (error is not null) batch.Fail(error, answer is null ? null : ProduceExchange.RecordErrors(answer, batch.Partition));
            else batch.Complete(answer?.BaseOffset ?? -1, answer?.LogAppendTimeMs ?? -1);
        });
        batch.Dispose();
    }

    private void Finish(ProducerBatch batch, Action finish)
    {
        if (batch.Done.IsCompleted) return;
        finish();
        memory.Release(batch.ReservedBytes);
    }

    private void Connect(BrokerAddress address)
    {
        lock (mutex)
        {
            if (!connecting.Add(address)) return;
        }

        _ = ConnectAsync(address);
    }

    private async Task ConnectAsync(BrokerAddress address)
    {
        try
        {
            await core.Pool.GetAsync(address);
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            core.Metadata.Invalidate(); // perhaps somebody else leads by now
        }

        lock (mutex) connecting.Remove(address);
        signal.Set();
    }

    private void Refresh()
    {
        lock (mutex)
        {
            if (isRefreshing) return;
            isRefreshing = true;
        }

        _ = RefreshAsync();
    }

    private async Task RefreshAsync()
    {
        try
        {
            await core.Metadata.RefreshAsync();
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            core.Metadata.Invalidate();
        }

        lock (mutex) isRefreshing = false;
        signal.Set();
    }
}
