using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Metadata;

/// <summary>
/// Keeps the image of the cluster for the topics that somebody asked for. It is asked for anew when an error says that it is
/// wrong (<see cref="Invalidate"/>) and when it has grown old; one question at a time, at most one each back-off.
/// </summary>
internal sealed class ClusterMetadata(KafkaClientOptions options, ConnectionPool pool, Backoff backoff)
{
    private readonly Lock mutex = new();
    private readonly HashSet<string> wanted = new(StringComparer.Ordinal);
    private volatile ClusterImage current = ClusterImage.Empty;
    private Task? refreshing;
    private long? refreshedAt;
    private int failures;
    private volatile bool isStale;

    public ClusterImage Current => current;

    public bool IsStale => isStale;

    /// <summary>Something in the image is wrong: the next who needs it asks anew.</summary>
    public void Invalidate() => isStale = true;

    /// <summary>From now on the topic is part of the image; false where it is not known yet, or not well enough.</summary>
    public bool Want(string topic)
    {
        lock (mutex)
        {
            wanted.Add(topic);
            if (!isStale && refreshedAt is { } at && options.Time.GetElapsedTime(at) > options.MetadataMaxAge) isStale = true;
        }

        return !isStale && current.Topic(topic) is not null;
    }

    /// <summary>The topic, waiting for it where brokers do not know it (yet). Throws when they have not until the deadline.</summary>
    public async ValueTask<TopicMetadata> GetTopicAsync(string name, Deadline deadline, CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (Want(name)) return current.Topic(name)!;
            KafkaException? failure = null;
            try
            {
                await RefreshAsync();
            }
            catch (KafkaException e)
            {
                failure = e;
            }

            if (current.Topic(name) is { } topic) return topic;
            // Not even an error: this refresh had begun before the topic was asked for.
            if (failure is null && !current.Topics.ContainsKey(name)) continue;
            failure ??= KafkaException.Of(current.Topics[name].Error, $"Topic '{name}'");
            if (failure.Kind != ErrorKind.Retriable || deadline.IsOver) throw failure;
            var pause = backoff.Retry(attempt);
            await Task.Delay(pause < deadline.Remaining ? pause : deadline.Remaining, options.Time, cancellationToken);
        }
    }

    /// <summary>Asks for the image now; shares the question that is under way.</summary>
    public Task RefreshAsync()
    {
        lock (mutex)
        {
            if (refreshing is null or { IsCompleted: true }) refreshing = RefreshOnceAsync();
            return refreshing;
        }
    }

    /// <summary>Asks any broker, the image aside; null for all topics.</summary>
    public async Task<MetadataResponse> AskAsync(IEnumerable<string>? topics, bool create = false)
    {
        var request = new MetadataRequest
        {
            Topics = topics?.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name }).ToList(),
            AllowAutoTopicCreation = create,
        };
        KafkaException? last = null;
        foreach (var address in Candidates())
        {
            try
            {
                var connection = await pool.GetAsync(address);
                var response = await connection.SendAsync<MetadataResponse>(request);
                if (response.ErrorCode == (short)ErrorCode.RebootstrapRequired) current = ClusterImage.Empty;
                KafkaException.ThrowIfError(response.ErrorCode, "Metadata");
                // A broker that has just started may know of nobody yet, not even of itself.
                if (response.Brokers.Count > 0) return response;
                last = new KafkaException(ErrorCode.BrokerNotAvailable, $"{address} knows of no broker.");
            }
            catch (KafkaException e)
            {
                last = e;
            }
        }

        throw new KafkaException(last!.Code, $"No broker tells of the cluster. {last.Reason}", last);
    }

    private async Task RefreshOnceAsync()
    {
        await Task.Yield(); // out of the lock
        var soonest = failures > 0 ? backoff.Retry(failures) : options.RetryBackoff;
        if (refreshedAt is { } last && soonest - options.Time.GetElapsedTime(last) is { Ticks: > 0 } pause && isStale)
            await Task.Delay(pause, options.Time);

        string[] topics;
        lock (mutex) topics = [.. wanted.Order(StringComparer.Ordinal)];
        isStale = false;
        try
        {
            current = MetadataReader.Read(await AskAsync(topics, options.AllowAutoTopicCreation), current);
            failures = 0;
        }
        catch
        {
            isStale = true;
            failures++;
            throw;
        }
        finally
        {
            refreshedAt = options.Time.GetTimestamp();
        }
    }

    /// <summary>Those that are connected first, then the others that are known, each in an order of chance; last where it all began.</summary>
    private List<BrokerAddress> Candidates()
    {
        var known = current.Brokers.Values.Select(b => b.Address).OrderBy(a => a.Host, StringComparer.Ordinal).ThenBy(a => a.Port).ToArray();
        Shuffle(known);
        var bootstrap = options.BootstrapServers.ToArray();
        Shuffle(bootstrap);
        return [.. known.Where(a => pool.TryGet(a) is not null), .. known.Where(a => pool.TryGet(a) is null), .. bootstrap.Except(known)];
    }

    private void Shuffle(BrokerAddress[] addresses)
    {
        for (var i = addresses.Length - 1; i > 0; i--)
        {
            var j = backoff.Choose(i + 1);
            (addresses[i], addresses[j]) = (addresses[j], addresses[i]);
        }
    }
}
