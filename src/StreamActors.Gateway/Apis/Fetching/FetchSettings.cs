namespace StreamActors.Gateway.Apis.Fetching;

/// <summary>How this broker answers fetches; from its configuration.</summary>
public sealed record FetchSettings
{
    /// <summary>The most bytes of records in a response, but for a first batch that is larger: <c>fetch.max.bytes</c>.</summary>
    public int MaxBytes { get; init; } = 55 * 1024 * 1024;

    /// <summary><c>max.incremental.fetch.session.cache.slots</c>.</summary>
    public int SessionSlots { get; init; } = 1000;

    /// <summary>A session that was used more recently is not given up for another one.</summary>
    public TimeSpan SessionMinEviction { get; init; } = TimeSpan.FromMinutes(2);
}
