using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Client.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Client;

/// <summary>What producer, consumer and admin have in common: connections, metadata, and the loop of trying again.</summary>
internal sealed class ClientCore : IDisposable
{
    public ClientCore(KafkaClientOptions options)
    {
        if (options.BootstrapServers.Count == 0) throw new ArgumentException("There is no bootstrap server.", nameof(options));
        Options = options;
        Backoff = new Backoff(options);
        Pool = new ConnectionPool(options, Backoff);
        Metadata = new ClusterMetadata(options, Pool, Backoff);
    }

    public KafkaClientOptions Options { get; }

    public Backoff Backoff { get; }

    public ConnectionPool Pool { get; }

    public ClusterMetadata Metadata { get; }

    public TimestampMs Now => TimestampMs.Of(Options.Time.GetUtcNow());

    public Deadline After(TimeSpan time) => new(Options.Time, time);

    /// <summary>A connection to any broker.</summary>
    public async Task<KafkaClientConnection> AnyAsync()
    {
        if (Metadata.Current.Brokers.Count == 0) await Metadata.RefreshAsync();
        var brokers = Metadata.Current.Brokers.Values.OrderBy(b => b.Id.Value).ToArray();
        return await Pool.GetAsync(brokers[Backoff.Choose(brokers.Length)].Address);
    }

    /// <summary>A connection to the controller, or to any broker where none is told: it forwards.</summary>
    public async Task<KafkaClientConnection> ControllerAsync()
    {
        if (Metadata.Current.Brokers.Count == 0) await Metadata.RefreshAsync();
        var image = Metadata.Current;
        return image.Brokers.TryGetValue(image.Controller, out var broker) ? await Pool.GetAsync(broker.Address) : await AnyAsync();
    }

    public async Task<KafkaClientConnection> BrokerAsync(BrokerId id)
    {
        if (!Metadata.Current.Brokers.ContainsKey(id)) await Metadata.RefreshAsync();
        return Metadata.Current.Brokers.TryGetValue(id, out var broker)
            ? await Pool.GetAsync(broker.Address)
            : throw new KafkaException(ErrorCode.BrokerNotAvailable, $"The cluster has no broker {id} now.");
    }

    /// <summary>Does it until it succeeds, the error is not one that time heals, or <see cref="KafkaClientOptions.ApiTimeout"/> is over.</summary>
    /// <param name="attempt">One attempt; throws <see cref="KafkaException"/>.</param>
    /// <param name="cancellationToken">Ends the pauses.</param>
    /// <param name="answer">An error that elsewhere is worth another try, for metadata lags, but is the answer here.</param>
    public async ValueTask<T> RetryAsync<T>(
        Func<Task<T>> attempt, CancellationToken cancellationToken = default, ErrorCode answer = ErrorCode.None)
    {
        var deadline = After(Options.ApiTimeout);
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await attempt();
            }
            catch (KafkaException e) when (e.Kind == ErrorKind.Retriable && e.Code != answer && !deadline.IsOver)
            {
                if (e.Code.IsAboutMetadata()) Metadata.Invalidate();
            }

            var pause = Backoff.Retry(failures);
            await Task.Delay(pause < deadline.Remaining ? pause : deadline.Remaining, Options.Time, cancellationToken);
            if (Metadata.IsStale) await RefreshQuietlyAsync();
        }
    }

    /// <summary>Where no broker answers, the attempt that follows says so better.</summary>
    private async Task RefreshQuietlyAsync()
    {
        try
        {
            await Metadata.RefreshAsync();
        }
        catch (KafkaException)
        {
            Metadata.Invalidate();
        }
    }

    public void Dispose() => Pool.Dispose();
}
